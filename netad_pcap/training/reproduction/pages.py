"""Pages of results: Markdown for people, JSON beside it, made of the cells that are there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from netad_pcap.families import BENIGN
from netad_pcap.training.reproduction.cells import Cell
from netad_pcap.training.reproduction.experiment import Experiment
from netad_pcap.training.reproduction.store import write_whole

__all__ = ["page", "table_lines", "write_page"]


def write_page(cells: Sequence[Cell], output: Path) -> None:
    """The page of an experiment, if any of its cells is there.

    Args:
        cells: all of the experiment's cells, there or not.
        output: folder.
    """
    results = [(cell, cell.kept()) for cell in cells]
    found = [result for _, result in results if result is not None]
    if not found:
        return
    missing = [f"{cell.method.name} {cell.seed}" for cell, result in results if result is None]
    experiment = cells[0].experiment
    write_whole(output / f"{experiment.name}.md", page(experiment, found, missing))
    head = {
        "experiment": experiment.name,
        "columns": dict(experiment.columns),
        "missing": missing,
    }
    cells[0].store.write(head, found)


def page(experiment: Experiment, cells: Sequence[Mapping[str, Any]], missing: Sequence[str]) -> str:
    """The page as Markdown.

    Args:
        experiment: what was done.
        cells: results of `compute`.
        missing: method and seed of those that were not computed.
    """
    return "\n".join(_lines(experiment, cells, missing)) + "\n"


def _lines(
    experiment: Experiment, cells: Sequence[Mapping[str, Any]], missing: Sequence[str]
) -> Iterator[str]:
    yield f"# {experiment.title}"
    yield ""
    yield f"Made by `netad-pcap reproduce {experiment.name}`; not written by hand."
    yield ""
    yield from (f"- {line}" for line in experiment.says)
    yield ""
    yield from _published(experiment.name)
    methods = list(dict.fromkeys(cell["method"] for cell in cells))
    tests = list(dict.fromkeys(test for cell in cells for test in cell["tests"]))
    for test in tests:
        yield f"## Ours on {test}"
        yield ""
        yield (
            "Mean (least to largest) over seeds, per cent; AUC and cost as they are. FA: share of "
            "benign rows called an attack. Recall at 1%: share of attacks above the score that 1% "
            "of the tested benign rows exceed; new: of attack types not learned from."
        )
        yield ""
        yield from _main_table(experiment, cells, methods, test)
    yield from _threshold_tables(cells, methods, tests)
    yield from _recall_tables(experiment, cells, methods, tests)
    yield from _origin(cells, methods, missing)


def _published(name: str) -> Iterator[str]:
    text = files(__package__).joinpath("published.json").read_text(encoding="utf-8")
    found = json.loads(text).get(name)
    if found is None:
        return
    yield "## Published"
    yield ""
    yield f"{found['source']}."
    yield ""
    yield from table_lines(
        ["method", *found["columns"]],
        [[row[0], *("" if v is None else f"{v:g}" for v in row[1:])] for row in found["rows"]],
    )
    if found["doubts"]:
        yield "What does not fit together there, as far as we can see:"
        yield ""
        yield from (f"- {doubt}" for doubt in found["doubts"])
        yield ""


def _main_table(
    experiment: Experiment, cells: Sequence[Mapping[str, Any]], methods: Sequence[str], test: str
) -> Iterator[str]:
    heads = {
        "accuracy": ("classes", "accuracy"),
        "macro recall": ("classes", "macro_recall"),
        "macro F1": ("classes", "macro_f1"),
        "cost": ("classes", "cost"),
        "least cost": ("classes", "least_cost"),
        "attack recall": ("flagged", "recall"),
        "FA": ("flagged", "false_alarms"),
        "new": ("flagged", "recall_new"),
        "AUC": ("auc",),
        "recall at 1%": ("recall_at", "0.01"),
        "at 5%": ("recall_at", "0.05"),
        "new at 1%": ("new_at", "0.01"),
    }
    rows = []
    for method in methods:
        mine = [cell for cell in cells if cell["method"] == method and test in cell["tests"]]
        rows.append([
            f"{method}{_capped(mine)}",
            *(_range(mine, ("tests", test, *path), name) for name, path in heads.items()),
            str(len(mine)),
        ])  # fmt: skip
    heads_there = ["method", *heads, "seeds"]
    kept = [
        place for place in range(len(heads_there)) if place == 0 or any(row[place] for row in rows)
    ]
    yield from table_lines(
        [heads_there[place] for place in kept], [[row[place] for place in kept] for row in rows]
    )


def _threshold_tables(
    cells: Sequence[Mapping[str, Any]], methods: Sequence[str], tests: Sequence[str]
) -> Iterator[str]:
    told = [method for method in methods if any(
        cell["method"] == method and "thresholds" in cell for cell in cells
    )]  # fmt: skip
    if not told:
        return
    yield "## Thresholds of what was learned from benign rows alone"
    yield ""
    yield (
        "Each rule sets its threshold on training rows that were not learned from (benign ones; F1 "
        "and Youden see attacks too). Accuracy / recall / FA, means over seeds, per cent; a rule "
        "whose condition is not met is not used."
    )
    yield ""
    for test in tests:
        rules = list(dict.fromkeys(r for cell in cells for r in cell.get("thresholds", {})))
        rows = []
        for method in told:
            mine = [cell for cell in cells if cell["method"] == method]
            row = [method]
            for rule in rules:
                found = [
                    cell["thresholds"][rule][test]
                    for cell in mine
                    if test in cell["thresholds"].get(rule, {})
                ]
                if not found:
                    row.append("not met")
                    continue
                figures = [
                    100 * float(np.mean([one[name] for one in found]))
                    for name in ("accuracy", "recall", "false_alarms")
                ]
                row.append(" / ".join(f"{value:.1f}" for value in figures))
            rows.append(row)
        yield f"On {test}:"
        yield ""
        yield from table_lines(["method", *rules], rows)


def _recall_tables(
    experiment: Experiment,
    cells: Sequence[Mapping[str, Any]],
    methods: Sequence[str],
    tests: Sequence[str],
) -> Iterator[str]:
    yield "## By class"
    yield ""
    yield (
        "Recall at 1% false alarms by class, and behind the stroke the share of the class that was "
        "called by its name where classes are told; means over seeds, per cent."
    )
    yield ""
    for test in tests:
        families = list(experiment.classes)
        present = [
            family
            for family in families
            if any(family in cell["tests"][test]["by_family"] for cell in cells)
        ]
        rows = []
        for method in methods:
            mine = [cell["tests"][test] for cell in cells if cell["method"] == method]
            row = [method]
            for family in (BENIGN, *present):
                above = _mean([one["by_family"].get(family) for one in mine])
                named = _mean([
                    one.get("classes", {}).get("recall", {}).get(family) for one in mine
                ])  # fmt: skip
                row.append(" / ".join(part for part in (above, named) if part))
            rows.append(row)
        yield f"On {test}:"
        yield ""
        yield from table_lines(
            ["method", *(experiment.classes[family] for family in (BENIGN, *present))], rows
        )


def _origin(
    cells: Sequence[Mapping[str, Any]], methods: Sequence[str], missing: Sequence[str]
) -> Iterator[str]:
    yield "## Size and time"
    yield ""
    rows = []
    for method in methods:
        mine = [cell for cell in cells if cell["method"] == method]
        rows.append([
            method,
            f"{mine[0]['rows']:,} of {mine[0]['rows_of']:,}",
            f"{mine[0]['numbers']:,}",
            f"{np.mean([cell['seconds']['fit'] for cell in mine]):.1f}",
            f"{np.mean([cell['rows_per_second'] for cell in mine]):,.0f}",
        ])  # fmt: skip
    yield from table_lines(
        ["method", "rows learned", "numbers kept", "fit, CPU s", "rows/CPU s"], rows
    )
    yield "## Made of"
    yield ""
    data = {name: value for cell in cells for name, value in cell["data"].items()}
    yield from (f"- {name}: sha256 {value}" for name, value in sorted(data.items()))
    versions = sorted({f"{k} {v}" for cell in cells for k, v in cell["versions"].items()})
    yield f"- {', '.join(versions)}"
    dates = sorted({cell["date"] for cell in cells})
    yield f"- computed {dates[0]}" + (f" to {dates[-1]}" if len(dates) > 1 else "")
    seeds = sorted({cell["seed"] for cell in cells})
    yield f"- seeds {', '.join(map(str, seeds))}"
    if missing:
        yield f"- **not computed:** {', '.join(missing)}"


def _capped(mine: Sequence[Mapping[str, Any]]) -> str:
    capped = mine and mine[0].get("capped")
    return f" ({mine[0]['capped']:,} rows)" if capped else ""


def _range(mine: Sequence[Mapping[str, Any]], path: Sequence[str], name: str) -> str:
    values = []
    for cell in mine:
        value: Any = cell
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is not None:
            values.append(float(value))
    if not values:
        return ""
    plain = name in ("AUC", "cost", "least cost")
    shown = [f"{v:.4f}" if plain else f"{100 * v:.2f}" for v in (
        float(np.mean(values)), min(values), max(values)
    )]  # fmt: skip
    return shown[0] if shown[1] == shown[2] else f"{shown[0]} ({shown[1]}-{shown[2]})"


def _mean(values: Sequence[float | None]) -> str:
    there = [value for value in values if value is not None]
    return f"{100 * np.mean(there):.1f}" if there else ""


def table_lines(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table in Markdown, and an empty line."""
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    yield from ("| " + " | ".join(row) + " |" for row in rows)
    yield ""
