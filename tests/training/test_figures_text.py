from __future__ import annotations

from typing import Any

from netad_pcap.training.figures_text import figures_text

FIGURE = {"mean": 0.5, "low": 0.25, "high": 0.75, "sources": 2, "captures": 4}


def _evaluation(**families: Any) -> dict[str, Any]:
    return {
        "figures": {"lstm": {}, "fused": families},
        "captures": 4,
        "flows": 1_200,
        "left_out": ["x.csv"],
        "remarks": ["t.csv: left out: lstm (…)"],
        "fpr": 0.01,
        "alerts_per_day": 0.1,
    }


def test_large_captures_hosts_and_clean_ones_have_their_lines() -> None:
    attacks = {"auc": FIGURE, "large_auc": FIGURE, "first": FIGURE, "first_by_flows": FIGURE}
    text = figures_text(_evaluation(attacks=attacks, benign={"quiet": FIGURE}))
    lines = text.splitlines()
    assert lines[0].endswith("verdicts at --fpr 0.01, findings at --alerts-per-day 0.1")
    assert "t.csv: left out: lstm (…)" in lines
    assert any(line.split() == ["attacks", "0.50", "(0.25-0.75)", "2", "4"] for line in lines)
    assert any(line.startswith("  20 flows or more  ") for line in lines)
    assert (
        "hosts: an attacker is the first in 0.50 (0.25-0.75) of 4 captures of 2 sources; by "
        "number of flows in 0.50 (0.25-0.75)" in lines
    )
    assert lines[-1] == "clean captures: 0.50 (0.25-0.75) of captures without a finding"


def test_what_cannot_be_measured_is_said() -> None:
    text = figures_text(_evaluation(scan={"flagged": FIGURE}))
    assert "no AUC and no recall" in text
    assert "lstm  " not in text
