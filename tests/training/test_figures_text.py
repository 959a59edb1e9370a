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
    lines = [line.rstrip() for line in text.splitlines()]
    assert lines[0].endswith("verdicts at --fpr 0.01, findings at --alerts-per-day 0.1")
    assert "t.csv: left out: lstm (…)" in lines
    assert any(line.split() == ["attacks", "0.50", "(0.25-0.75)", "2", "4"] for line in lines)
    assert any(line.strip().startswith("20 flows or more  ") for line in lines)
    assert (
        "hosts: an attacker is the first in 0.50 (0.25-0.75) of 4 captures of 2 sources; by "
        "number of flows in 0.50 (0.25-0.75)" in " ".join(lines)
    )
    assert lines[-1] == "clean captures: 0.50 (0.25-0.75) of captures without a finding"


def test_what_cannot_be_measured_is_said() -> None:
    text = figures_text(_evaluation(scan={"flagged": FIGURE}))
    assert "no AUC and no recall" in text
    assert "lstm  " not in text


def test_times_are_whole_seconds_and_duplicates_are_said() -> None:
    told = _evaluation(scan={"seconds_to_finding": {**FIGURE, "mean": 107.7}})
    told["duplicates"] = {"captures": {"b.pcap": "a.pcap"}, "flows": 12}
    text = figures_text(told)
    assert "seen before and left out: 1 capture, 12 flows" in text
    assert "108 (0-1)" in text


def test_captures_confusion_and_alarms_are_told() -> None:
    told = _evaluation(scan={"flagged": FIGURE})
    told["per_capture"] = {
        "fused": [
            {"capture": "x/a.pcap", "source": "x", "family": "scan", "flows": 3, "flagged": 1.0,
             "found": 1.0, "first": 0.0},
        ]
    }  # fmt: skip
    told["confusion"] = {"scan": {"scan": 3.0}}
    told["alarms_per_hour"] = {"hours": 2.0, "flagged_flows": 1.5}
    text = figures_text(told)
    assert ["a.pcap", "scan", "3", "1.00", "yes", "no"] in [
        line.split() for line in text.splitlines()
    ]
    assert text.rstrip().endswith("false alarms in 2 h of clean captures: 1.5 flows an hour")


def test_five_figures_and_their_intervals_are_whole_where_there_is_no_terminal() -> None:
    names = ("auc", "pr_auc", "recall_0.1", "recall", "recall_5")
    all_of_them = dict.fromkeys((*names, *(f"large_{name}" for name in names)), FIGURE)
    text = figures_text(_evaluation(attacks=all_of_them))
    (line,) = (line for line in text.splitlines() if line.strip().startswith("attacks"))
    assert line.split() == ["attacks", *["0.50", "(0.25-0.75)"] * 5, "2", "4"]
    assert "ROC-AUC" in text
    assert "sources   captures" in text
