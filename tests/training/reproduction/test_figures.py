"""Figures, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from netad_pcap.detection import Scores
from netad_pcap.flows import FlowBatch
from netad_pcap.training.reproduction import EXPERIMENTS
from netad_pcap.training.reproduction.experiment import Part
from netad_pcap.training.reproduction.figures import (
    binary,
    class_figures,
    score_figures,
    threshold_figures,
)

FAMILIES = ("benign", "dos", "scan")
COST = EXPERIMENTS["kdd-corrected"].cost


def part(*families: str, labels: tuple[str, ...] = ()) -> Part:
    names = np.array(families, object)
    flows = FlowBatch(None, {"x": np.zeros(len(names))})
    return Part(flows, names, np.array(labels or families, object), np.full(len(names), "", object))


def scores(*rows: tuple[float, float, float]) -> Scores:
    return Scores(np.zeros(len(rows)), FAMILIES, np.array(rows))


def test_means_over_classes_and_over_rows_differ() -> None:
    sure = {"benign": (1.0, 0, 0), "dos": (0, 1.0, 0), "scan": (0, 0, 1.0)}
    called = [sure[name] for name in ("benign", "benign", "benign", "benign", "dos", "scan")]
    truth = part("benign", "benign", "benign", "scan", "dos", "scan")
    found = class_figures(truth, scores(*called), FAMILIES, COST)
    assert found["accuracy"] == pytest.approx(5 / 6)
    assert found["recall"] == {"benign": 1.0, "dos": 1.0, "scan": 0.5}
    assert found["macro_recall"] == pytest.approx(2.5 / 3)
    assert found["macro_precision"] == pytest.approx((0.75 + 1 + 1) / 3)
    assert found["macro_f1"] == pytest.approx((6 / 7 + 1 + 2 / 3) / 3)
    assert found["weighted_f1"] == pytest.approx((3 * 6 / 7 + 1 + 2 * 2 / 3) / 6)
    assert found["cost"] == pytest.approx(1 / 6)  # a probe called normal


def test_the_least_cost_heeds_probabilities() -> None:
    # Probably benign; but a missed password attack would cost 4, a false alarm 2.
    unsure = Scores(np.zeros(1), ("benign", "brute_force"), np.array([[0.6, 0.4]]))
    found = class_figures(part("brute_force"), unsure, ("benign", "brute_force"), COST)
    assert (found["cost"], found["least_cost"]) == (4.0, 0.0)


def test_the_contests_winner_has_the_contests_cost() -> None:
    # A probe called DoS costs 2, a DoS called probe 1 (Elkan 1999).
    assert COST["scan"]["dos"] == 2.0
    assert COST["dos"]["scan"] == 1.0
    assert COST["brute_force"]["benign"] == 4.0
    assert all(COST[family][family] == 0.0 for family in COST)


def test_seen_and_new_attacks_are_told_apart() -> None:
    rows = part("benign", "dos", "dos", "scan", labels=("normal", "smurf", "smurf", "saint"))
    found = binary(np.array([True, True, False, True]), rows, frozenset({"normal", "smurf"}))
    assert found == {
        "accuracy": 0.5,
        "precision": 2 / 3,
        "recall": 2 / 3,
        "false_alarms": 1.0,
        "recall_seen": 0.5,
        "recall_new": 1.0,
    }


def test_recall_is_told_where_one_percent_of_benign_rows_are_above() -> None:
    rows = part(*["benign"] * 200, "dos", "dos", "scan")
    score = np.r_[np.arange(200.0), 197.5, 198.5, 0.0]
    found = score_figures(score, rows, frozenset({"benign", "dos"}))
    # The third highest benign score, 197, has two above it.
    assert found["recall_at"]["0.01"] == pytest.approx(2 / 3)
    assert found["by_family"] == {"dos": 1.0, "scan": 0.0}
    assert found["new_at"]["0.01"] == 0.0


def test_rules_that_may_not_be_used_say_why() -> None:
    random = np.random.default_rng(0)
    benign, attacks = random.pareto(2.0, 500), 50 + random.random(30)
    rows = part(*["benign"] * 10, *["dos"] * 10)
    score = np.r_[np.zeros(10), np.full(10, 60.0)]
    found = threshold_figures(benign, attacks, {"t": (score, rows)}, frozenset())
    assert "not nearly normal" in found["deviations"]["refused"]
    assert found["quantile 0.01"]["t"]["recall"] == 1.0
    assert found["f1"]["t"]["false_alarms"] == 0.0
