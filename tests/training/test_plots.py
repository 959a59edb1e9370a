"""Plots: there, in both formats, the same bytes again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netad_pcap.errors import OutputError
from netad_pcap.training.plots import check_plots, write_plots

pytest.importorskip("matplotlib", reason="the extra plots is not installed")

FIGURE = {"mean": 0.5, "low": 0.25, "high": 0.75, "sources": 2, "captures": 4}
EVALUATION: dict[str, Any] = {
    "figures": {"fused": {"scan": {"recall_0.1": FIGURE, "recall": FIGURE, "recall_5": FIGURE}}},
    "pooled": {
        "fused": {
            "scan": {
                "roc_auc": 0.75, "pr_auc": 0.7, "roc": [(0.0, 0.0), (0.5, 1.0), (1.0, 1.0)],
                "precision_recall": [(0.5, 1.0), (1.0, 0.6)],
            }
        }
    },
    "confusion": {"benign": {"benign": 9.0, "anomaly": 1.0}, "scan": {"scan": 4.0}},
}  # fmt: skip


def test_plots_are_written_twice_the_same(tmp_path: Path) -> None:
    first = write_plots(EVALUATION, tmp_path, force=False)
    before = {path: path.read_bytes() for path in first}
    assert {path.name for path in first} == {
        f"{name}.{kind}"
        for name in ("recall", "roc", "precision_recall", "confusion")
        for kind in ("svg", "png")
    }
    write_plots(EVALUATION, tmp_path, force=True)
    assert {path: path.read_bytes() for path in first} == before
    assert b">scan" in (tmp_path / "recall.svg").read_bytes()


def test_what_has_no_figures_is_not_drawn(tmp_path: Path) -> None:
    empty: dict[str, Any] = {"figures": {"fused": {}}, "pooled": {}, "confusion": {}}
    assert write_plots(empty, tmp_path, force=False) == []


def test_plots_that_are_there_are_kept(tmp_path: Path) -> None:
    (tmp_path / "roc.svg").write_text("mine")
    with pytest.raises(OutputError):
        check_plots(tmp_path, force=False)
    check_plots(tmp_path, force=True)


def test_a_folder_that_cannot_be_is_said_before_measuring(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OutputError, match="cannot be made"):
            check_plots(folder, force=False)
