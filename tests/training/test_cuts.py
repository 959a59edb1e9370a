"""Thresholds by rules: set on other groups, refused where their condition is not met."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from netad_pcap.errors import ModelError, UsageError
from netad_pcap.training.cuts import Cut, Cuts, Weighted, refusals, require_any
from netad_pcap.training.evaluation import ScoredCapture, measure

RULES = ("quantile=0.05", "deviations", "deviations=2", "tail=0.01", "spot=0.002", "f1", "youden")


def capture(
    source: str, shift: float = 0.0, family: str = "benign", flows: int = 300, seed: int = 0
) -> ScoredCapture:
    scores = np.random.default_rng([seed, ord(source)]).normal(shift, 1.0, flows)
    return ScoredCapture(f"{source}-{family}", source, np.full(flows, family, object), scores)


def captures() -> list[ScoredCapture]:
    clean = [capture(source) for source in "abcdefg"]
    return clean + [capture(source, 6.0, "scan") for source in "abc"]


def cuts(*names: str) -> Cuts:
    return Cuts([Cut.parse(name, 0.01) for name in names])


def test_every_rule_tells_recall_and_the_false_alarms_it_reached() -> None:
    mine = cuts(*RULES)
    measured = measure(captures(), cuts=mine)
    for rule in RULES:
        recall = [m.values[f"recall_{rule}"] for m in measured if m.family == "scan"]
        reached = [m.values[f"false_alarms_{rule}"] for m in measured if m.family == "benign"]
        assert min(recall) > 0.95, rule
        assert len(reached) == 7
        nominal = 0.05 if rule == "quantile=0.05" else 0.03
        assert np.mean(reached) < 1.5 * nominal, rule
        assert all("threshold" in how for how in mine.told[rule].values()), rule
    assert set(mine.told["f1"]) == set("abcdefg")


def test_what_is_measured_never_sets_its_own_threshold() -> None:
    """Scores of a group, however they change, leave every threshold set for it as it was."""
    mine, changed = cuts(*RULES), cuts(*RULES)
    measure(captures(), cuts=mine)
    moved = [replace(c, score=c.score * 3 + 50) if c.group == "a" else c for c in captures()]
    measure(moved, cuts=changed)
    for rule in RULES:
        assert changed.told[rule]["a"] == mine.told[rule]["a"]
        assert changed.told[rule]["b"] != mine.told[rule]["b"]


def test_labels_of_attacks_set_the_labelled_rules_alone() -> None:
    near, far = cuts("youden", "tail"), cuts("youden", "tail")
    for chosen, shift in ((near, 4.0), (far, 40.0)):
        others = [capture(s) for s in "abcdefg"] + [capture(s, shift, "dos") for s in "bc"]
        measure(others, cuts=chosen)
    limits = [c.told["youden"]["a"]["threshold"] for c in (near, far)]
    assert limits[1] > limits[0]
    assert near.told["tail"] == far.told["tail"]


def test_a_large_capture_weighs_twenty_flows() -> None:
    loud = capture("z", 9.0, flows=20_000)
    mine = cuts("quantile=0.2")
    measure([*captures(), loud], cuts=mine)
    assert mine.told["quantile=0.2"]["a"]["threshold"] < 3  # z is a seventh of the weight


def test_a_stream_learns_a_wider_tail_than_it_began_with() -> None:
    wide = capture("q", flows=4_000)
    wide = replace(wide, score=1.4 * wide.score)
    mine = cuts("tail=0.002", "spot=0.002")
    (figures,) = [m.values for m in measure([*captures(), wide], cuts=mine) if m.source == "q"]
    assert figures["false_alarms_spot=0.002"] < figures["false_alarms_tail=0.002"] / 2


def test_in_time_only_what_is_earlier_sets_a_threshold() -> None:
    early, late = (replace(capture(s), group=g) for s, g in (("a", "time 1"), ("b", "time 2")))
    mine = cuts("quantile=0.05")
    measure([early, late], in_time=True, cuts=mine)
    assert "no clean capture" in mine.told["quantile=0.05"]["time 1"]["refused"]
    assert mine.told["quantile=0.05"]["time 2"]["set_on_flows"] == 300


def test_a_condition_that_is_not_met_is_told_and_gives_no_figure() -> None:
    heavy = [replace(c, score=np.exp(2 * c.score)) for c in captures()]
    mine = cuts("deviations", "quantile=0.05")
    measured = measure(heavy, cuts=mine)
    assert not any("recall_deviations" in m.values for m in measured)
    assert all("recall_quantile=0.05" in m.values for m in measured if m.family == "scan")
    told = list(refusals(mine.told))
    assert {rule for rule, _ in told} == {"deviations"}
    assert all("the scores are not nearly normal" in words for _, words in told)
    require_any({"m": {"quantile=0.05": mine.told["quantile=0.05"]}})
    with pytest.raises(ModelError, match="--threshold deviations: m, on what a is held against"):
        require_any({"m": mine.told})


def test_rules_without_attacks_of_other_groups_are_refused() -> None:
    mine = cuts("f1")
    measure([capture(s) for s in "ab"] + [capture("a", 5.0, "scan")], cuts=mine)
    assert "0 attack flows" in mine.told["f1"]["a"]["refused"]
    assert "threshold" in mine.told["f1"]["b"]


def test_streams_of_a_share_that_they_cannot_learn_beside_are_refused() -> None:
    clean = Weighted(np.random.default_rng(0).normal(size=900), np.ones(900))
    with pytest.raises(ModelError, match=r"of a share of 0\.002 at most; 0\.01 was asked for"):
        Cut.parse("spot", 0.01).fit(clean, Weighted(np.empty(0), np.empty(0)))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("magic", "no such rule; use one of quantile, deviations, tail, f1, youden, spot"),
        ("f1=0.1", "f1 takes no number"),
        ("tail=2", "tail takes a share between 0 and 1"),
        ("quantile=x", "quantile takes a share"),
        ("deviations=-1", "deviations takes a number above 0"),
        ("deviations=nan", "deviations takes a number above 0"),
        ("deviations=inf", "deviations takes a number above 0"),
    ],
)
def test_what_no_rule_is_is_refused(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Cut.parse(text, 0.01)
