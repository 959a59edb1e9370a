"""Each rule keeps its promise where its condition holds, and says so where it does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netad_pcap.detection import RULES, fit_threshold
from netad_pcap.errors import ModelError, UsageError

RANDOM = np.random.default_rng(0)
NORMAL = RANDOM.normal(5.0, 2.0, 20_000)
HEAVY = RANDOM.pareto(3.0, 20_000)


def test_quantile_is_exceeded_by_its_share() -> None:
    scores = np.arange(1.0, 101.0)
    assert fit_threshold("quantile", scores, false_alarms=0.05) == 95
    assert fit_threshold("quantile", scores, false_alarms=0.01) == 99


def test_quantile_counts_weights() -> None:
    scores, weights = np.arange(1.0, 101.0), np.r_[np.ones(99), 50.0]
    assert fit_threshold("quantile", scores, false_alarms=0.05, weights=weights) == 100


def test_deviations_are_three_or_as_many_as_asked_for() -> None:
    assert fit_threshold("deviations", NORMAL) == pytest.approx(11.0, abs=0.15)
    assert fit_threshold("deviations", NORMAL, deviations=1.5) == pytest.approx(8.0, abs=0.1)
    with pytest.raises(ValueError, match="above 0"):
        fit_threshold("deviations", NORMAL, deviations=0.0)


@pytest.mark.parametrize("share", [0.01, 0.001, 0.0001])
@pytest.mark.parametrize("shape", [0.0, 0.33, -0.3])
def test_tail_reaches_beyond_its_flows(share: float, shape: float) -> None:
    uniform = np.random.default_rng(1).random(4_000)
    scores = -np.log(uniform) if shape == 0 else (uniform**-shape - 1) / shape
    exact = -np.log(share) if shape == 0 else (share**-shape - 1) / shape
    assert fit_threshold("tail", scores, false_alarms=share) == pytest.approx(exact, rel=0.4)


def test_tail_counts_weights() -> None:
    once = np.random.default_rng(1).exponential(1.0, 400)
    twice = fit_threshold("tail", np.repeat(once, 2))
    assert fit_threshold("tail", once, weights=np.full(400, 2.0)) == pytest.approx(twice, rel=0.02)


def test_labels_put_the_threshold_between_the_classes() -> None:
    benign, attacks = np.linspace(0, 1, 50), np.linspace(2, 3, 30)
    for rule in ("f1", "youden"):
        assert 1 < fit_threshold(rule, benign, attacks) < 2


def test_f1_counts_how_frequent_attacks_are_and_youden_does_not() -> None:
    random = np.random.default_rng(2)
    benign, attacks = random.normal(0, 1, 5_000), random.normal(2, 1, 100)
    weights = np.full(100, 50.0)
    f1, youden = (
        (
            fit_threshold(rule, benign, attacks),
            fit_threshold(rule, benign, attacks, attack_weights=weights),
        )
        for rule in ("f1", "youden")
    )
    assert f1[0] > f1[1] + 0.5
    assert youden[0] == youden[1]


@pytest.mark.parametrize(
    ("rule", "given", "says"),
    [
        ("quantile", {"benign": NORMAL[:98]}, "98 harmless flows; a share of 0.01 needs"),
        ("deviations", {"benign": HEAVY}, "not nearly normal"),
        ("deviations", {"benign": NORMAL[:29]}, "29 harmless flows"),
        ("deviations", {"benign": np.ones(50)}, "one score"),
        ("tail", {"benign": np.repeat(NORMAL[:10], 100)}, "different scores"),
        ("tail", {"benign": NORMAL, "false_alarms": 0.2}, "not in the tail"),
        ("tail", {"benign": NORMAL[:0]}, "different scores"),
        ("f1", {"benign": NORMAL}, "0 attack flows"),
        ("f1", {"benign": NORMAL[:0], "attacks": NORMAL}, "0 harmless"),
        ("youden", {"benign": NORMAL, "attacks": NORMAL[:19]}, "19 attack flows"),
    ],
)
def test_a_condition_that_is_not_met_is_named(rule: str, given: dict[str, Any], says: str) -> None:
    with pytest.raises(ModelError, match=says):
        fit_threshold(rule, **given)


def test_other_rules_and_numbers_are_refused() -> None:
    with pytest.raises(UsageError, match="quantile, deviations, tail, f1, youden"):
        fit_threshold("magic", NORMAL)
    for given in ({"benign": np.array([np.nan])}, {"benign": NORMAL, "false_alarms": 1.0}):
        with pytest.raises(ValueError, match=r"finite|between"):
            fit_threshold("quantile", **given)


def test_every_rule_says_when_it_may_be_used() -> None:
    assert all(rule.says and rule.condition for rule in RULES.values())
    assert [name for name, rule in RULES.items() if rule.labels] == ["f1", "youden"]
