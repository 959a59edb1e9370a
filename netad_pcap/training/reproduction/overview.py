"""All methods on all experiments side by side: one page above the others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from netad_pcap.training.reproduction.experiments import EXPERIMENTS
from netad_pcap.training.reproduction.methods import METHODS
from netad_pcap.training.reproduction.pages import table_lines
from netad_pcap.training.reproduction.store import write_whole

__all__ = ["overview", "write_overview"]

#: Figure → where it stands in a cell's test, and how it is told.
_FIGURES: Mapping[str, tuple[str, ...]] = {
    "AUC": ("auc",),
    "recall at 1% false alarms": ("recall_at", "0.01"),
    "accuracy, classes": ("classes", "accuracy"),
    "macro recall, classes": ("classes", "macro_recall"),
}


def write_overview(output: Path) -> None:
    """`README.md` in a folder of pages, made of the pages' JSON."""
    found = {}
    for name in EXPERIMENTS:
        path = output / f"{name}.json"
        if path.is_file():
            found[name] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    if found:
        write_whole(output / "README.md", overview(found))


def overview(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """The page as Markdown.

    Args:
        found: experiment → its cells.
    """
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    yield "# Methods and experiments"
    yield ""
    yield (
        "Made by `netad-pcap reproduce`; not written by hand. Means over the seeds that were run "
        "(behind the point, where fewer than five: how many); what a method learned from, spreads, "
        "thresholds and recall by class stand on the experiments' own pages."
    )
    yield ""
    for name in found:
        kind = "random split" if EXPERIMENTS[name].same else "honest"
        yield f"- [{name}]({name}.md): {EXPERIMENTS[name].title}; {kind}"
    yield ""
    columns = [
        (name, test)
        for name, cells in found.items()
        for test in dict.fromkeys(test for cell in cells for test in cell["tests"])
    ]
    for figure, path in _FIGURES.items():
        rows = []
        for method in METHODS:
            row = [_cell(found[name], method, test, path, figure) for name, test in columns]
            if any(row):
                rows.append([method, *row])
        yield f"## {figure[0].upper()}{figure[1:]}"
        yield ""
        heads = [name if _alone(columns, name) else f"{name}: {test}"
                 for name, test in columns]  # fmt: skip
        yield from table_lines(["method", *heads], rows)


def _alone(columns: Sequence[tuple[str, str]], name: str) -> bool:
    return sum(1 for other, _ in columns if other == name) == 1


def _cell(
    cells: Sequence[Mapping[str, Any]], method: str, test: str, path: Sequence[str], figure: str
) -> str:
    values = []
    for cell in cells:
        value: Any = cell["tests"].get(test) if cell["method"] == method else None
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is not None:
            values.append(float(value))
    if not values:
        return ""
    told = f"{np.mean(values):.4f}" if figure == "AUC" else f"{100 * np.mean(values):.2f}"
    return told if len(values) >= 5 else f"{told} ·{len(values)}"
