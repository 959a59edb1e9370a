"""Plots of the survey as SVG: a panel a test, a dot a method, with its interval or range.

The same cells give the same bytes: no date, and ids from a fixed salt.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from netad_pcap.training.survey.methods import SURVEYED
from netad_pcap.training.survey.reading import spread, tests_of

__all__ = ["PLOTS", "plot"]

#: File name → figure and axis.
PLOTS: Mapping[str, tuple[str, str]] = {
    "auc": ("auc", "ROC-AUC"),
    "recall": ("recall", "recall at 1% false alarms"),
}
_SETTINGS: Any = {
    "svg.hashsalt": "netad-pcap",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "x",
    "grid.alpha": 0.3,
}
_PANELS_A_ROW = 4


def plot(name: str, found: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """One plot.

    Args:
        name: of `PLOTS`.
        found: study → its cells.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    figure_name, axis = PLOTS[name]
    tests = tests_of(found)
    methods = list(SURVEYED)
    down = -(-len(tests) // _PANELS_A_ROW)
    with mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=(11.0, 0.4 + 4.6 * down), layout="constrained")
        panels = figure.subplots(down, _PANELS_A_ROW, sharey=True, sharex=True, squeeze=False)
        for panel in panels.ravel()[len(tests) :]:
            panel.set_visible(False)
        for panel, (study, test, heading) in zip(panels.ravel(), tests, strict=False):
            _panel(panel, found[study], test, figure_name, methods)
            panel.set_title(heading)
        for panel in panels[:, 0]:
            panel.set_yticks(range(len(methods)), methods)
            panel.set_ylim(len(methods) - 0.5, -0.5)
        figure.supxlabel(axis)
        drawn = io.BytesIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    return drawn.getvalue().decode()


def _panel(
    panel: Any,
    cells: Sequence[Mapping[str, Any]],
    test: str,
    figure: str,
    methods: Sequence[str],
) -> None:
    told = [spread(_of(cells, method), test, figure) for method in methods]
    there = [(place, one) for place, one in enumerate(told) if one is not None]
    places = [place for place, _ in there]
    lows, highs = [one.low for _, one in there], [one.high for _, one in there]
    panel.set_xlim(-0.02, 1.02)
    panel.tick_params(axis="y", length=0)
    # Collections, not a grid and a line each: a third of the bytes.
    panel.hlines(range(len(methods)), 0, 1, color="0.9", linewidth=0.5)
    panel.hlines(places, lows, highs, color="0.55", linewidth=1.2)
    panel.plot([one.mean for _, one in there], places, "o", color="#1f4e79", markersize=3)


def _of(cells: Sequence[Mapping[str, Any]], method: str) -> list[Mapping[str, Any]]:
    return [cell for cell in cells if cell["method"] == method]
