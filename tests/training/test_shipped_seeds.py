"""The page of three seeds: means over families, least and most of the seeds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from netad_pcap.training.evaluation import ScoredCapture
from netad_pcap.training.shipped_seeds import ALL, figures_by_part, figures_of_seed, main, page
from tests.training.captures import network


def _capture(name: str, source: str, family: str, scores: list[float]) -> ScoredCapture:
    score = np.array(scores)
    return ScoredCapture(
        name, source, np.full(len(score), family, object), score, score > 2, score > 3,
        {family: {"first": 1.0}} if family != "benign" else {},
    )  # fmt: skip


CAPTURES = [
    _capture("clean-a", "a", "benign", [0.1] * 40),
    _capture("clean-b", "b", "benign", [0.2] * 39 + [4.0]),
    _capture("scan-a", "a", "scan", [5.0] * 20 + [0.0] * 20),
    _capture("dos-b", "b", "dos", [5.0] * 40),
]


def test_each_family_counts_alike() -> None:
    figures = figures_of_seed(CAPTURES, 1)
    assert figures["recall at 1%, 20 flows or more: scan"] == pytest.approx(0.5)
    assert figures["recall at 1%, 20 flows or more: dos"] == pytest.approx(1.0)
    assert figures["mean recall over families at 1%"] == pytest.approx(0.75)
    assert figures["clean captures without a finding"] == pytest.approx(0.5)
    assert figures["attacker first of the hosts"] == 1.0


def test_sources_of_a_kind_are_measured_by_themselves() -> None:
    """Each by clean captures, and so by thresholds, of its own kind."""
    more = [*CAPTURES, _capture("clean-c", "c", "benign", [0.3] * 40)]
    parts = figures_by_part(more, 1, {"b"})
    assert list(parts) == [ALL, "public alone", "lab alone"]
    assert parts["public alone"]["clean captures without a finding"] == pytest.approx(1.0)
    assert parts["lab alone"]["clean captures without a finding"] == pytest.approx(0.0)
    assert "recall at 1%, 20 flows or more: dos" not in parts["public alone"]
    assert list(figures_by_part(more, 1, set())) == [ALL, "public alone"]


def test_the_page_tells_least_and_most_of_the_seeds() -> None:
    by_seed = {
        1: {ALL: {"quiet": 0.25, "found": 1.0}, "lab alone": {"quiet": 1.0}},
        2: {ALL: {"quiet": 0.75, "found": 1.0}, "lab alone": {"quiet": 1.0}},
    }
    lines = list(page(by_seed, network()))
    assert lines[-4:] == [
        "| figure | all sources | lab alone |",
        "|---|---|---|",
        "| quiet | 0.500 (0.250 to 0.750) | 1.000 (1.000 to 1.000) |",
        "| found | 1.000 (1.000 to 1.000) |  |",
    ]
    assert any(line.startswith("  10 sources, data ") for line in lines)
    assert any("Seeds 1, 2" in line for line in lines)


def test_without_captures_there_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("NETAD_PCAP_DATA", "LAB"):
        monkeypatch.setenv(name, str(tmp_path))
    assert main() == 4
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("no labelled captures: NETAD_PCAP_DATA names a folder")
    assert said.err.count("\n") == 1
