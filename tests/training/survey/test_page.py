"""What the page says of captures: intervals, families, false alarms reached, costs."""

from __future__ import annotations

from typing import Any

import pytest

from netad_pcap.training.survey.page import page
from netad_pcap.training.survey.reading import Spread, spread


def cell(method: str, seed: int, auc: float, **families: dict[str, float]) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "auc": {"mean": auc, "low": auc - 0.1, "high": auc + 0.1},
        "false_alarms": {"mean": 0.03, "low": 0.0, "high": 0.08},
        "families": families,
        "recall_families": 0.25,
    }
    return {
        "experiment": "captures", "method": method, "seed": seed, "key": "k", "date": "2026-01-02",
        "data": {"captures/index.csv": "f" * 64}, "versions": {"numpy": "2"}, "rows": 29_990,
        "rows_of": 98_000, "numbers": 1_234, "bytes": 4_096, "seconds": {"fit": 60.0 + seed},
        "rows_per_second": 5_000.0, "tests": {"left out": figures},
    }  # fmt: skip


FOUND = {
    "captures": [
        cell("hbos", 0, 0.5, scan={"recall": 0.2, "large_recall": 0.4, "sources": 9}),
        cell("hbos", 1, 0.7, scan={"recall": 0.4, "large_recall": 0.6, "sources": 9}),
        cell("knn", 0, 0.6, scan={"recall": 0.0, "sources": 9}, dos={"recall": 1.0, "sources": 3}),
    ]
}


def test_seeds_have_their_range_and_sources_their_interval() -> None:
    told = spread(FOUND["captures"][:2], "left out", "auc")
    assert told is not None
    assert (told.mean, told.least, told.most) == pytest.approx((0.6, 0.5, 0.7))
    assert (told.low, told.high, told.seeds) == pytest.approx((0.5, 0.7, 2))
    tables = [{"tests": {"t": {"auc": value}}} for value in (0.5, 0.75)]
    assert spread(tables, "t", "auc") == Spread(0.625, 0.5, 0.75, 0.5, 0.75, 2)
    assert spread(tables, "t", "recall") is None
    assert spread([], "t", "auc") is None


def test_figures_of_captures_stand_with_their_intervals() -> None:
    lines = page(FOUND).splitlines()
    assert "| hbos | 0.600 (0.500-0.700) ·2 |" in lines
    assert "| knn | 0.600 ·1 |" in lines
    (row,) = (line for line in lines if line.startswith("| hbos | 0.600 [0.50, 0.70]"))
    assert "| 0.030 [0.00, 0.08] |" in row


def test_families_stand_with_their_sources() -> None:
    lines = page(FOUND).splitlines()
    place = lines.index("| sources | 9 | 3 |  |")
    assert lines[place - 2] == "| method | scan | dos | mean |"
    assert lines[place + 1] == "| hbos | 0.30 / 0.50 |  | 0.25 |"
    assert lines[place + 2] == "| knn | 0.00 | 1.00 | 0.25 |"


def test_size_and_time_are_told_and_what_is_missing() -> None:
    lines = page(FOUND).splitlines()
    assert "| hbos | 29,990 of 98,000 | 1,234 | 4 | 60.5 | 5,000 |" in lines
    assert "- 3 cells, 3 CPU minutes of fitting" in lines
    whole = [{**c, "seconds": {**c["seconds"], "all": 100.0}} for c in FOUND["captures"]]
    assert "- 3 cells, 3 CPU minutes of fitting, 5 with reading, scoring and figures" in (
        page({"captures": whole}).splitlines()
    )
    (missing,) = (line for line in lines if line.startswith("- **not computed:** captures"))
    assert "hbos (1 of 3)" in missing
    assert "knn (2 of 3)" in missing
    assert ", gan," in missing
