"""Figures over all captures at once."""

from __future__ import annotations

import numpy as np
import pytest

from netad_pcap.training.evaluation import ScoredCapture
from netad_pcap.training.pooled import alarms_per_hour, confusion, pooled_figures


def _capture(
    name: str, family: str, scores: list[float], label: str = "benign", hours: float | None = None
) -> ScoredCapture:
    n = len(scores)
    flagged = np.full(n, label != "benign")
    return ScoredCapture(
        name, name, np.full(n, family, object), np.array(scores), flagged, flagged,
        label=np.full(n, label, object), hours=hours,
    )  # fmt: skip


def test_a_flood_is_pooled_as_twenty_flows() -> None:
    captures = [
        _capture("clean", "benign", [0.0] * 20),
        _capture("flood", "dos", [1.0] * 5_000),
        _capture("quiet", "dos", [-1.0] * 20),
    ]
    told = pooled_figures(captures)
    assert told["dos"]["roc_auc"] == pytest.approx(0.5)
    assert told["dos"]["pr_chance"] == pytest.approx(2 / 3, abs=1e-4)
    assert told["attacks"] == told["dos"]
    assert pooled_figures(captures[1:]) == {}


def test_confusion_weighs_captures_alike() -> None:
    captures = [
        _capture("a", "dos", [1.0] * 5_000, "dos"),
        _capture("b", "dos", [1.0] * 5, "anomaly"),
        _capture("c", "benign", [1.0] * 3),
    ]
    assert confusion(captures) == {"benign": {"benign": 3.0}, "dos": {"dos": 20.0, "anomaly": 5.0}}


def test_alarms_are_counted_over_all_hours_together() -> None:
    captures = [
        _capture("a", "benign", [0.0] * 10, "anomaly", hours=0.5),
        _capture("b", "benign", [0.0] * 10, hours=4.5),
        _capture("c", "dos", [0.0] * 10, "dos", hours=100.0),
    ]
    assert alarms_per_hour(captures) == {
        "hours": 5.0, "flagged_flows": 2.0, "captures_with_a_finding": 0.2,
    }  # fmt: skip
    assert alarms_per_hour([_capture("t", "benign", [0.0])]) == {}
