"""The page of the survey, in Markdown, made of the cells that are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from netad_pcap.families import ATTACKS
from netad_pcap.training.reproduction.methods import MOST_LEARNED
from netad_pcap.training.reproduction.pages import table_lines
from netad_pcap.training.survey.methods import SURVEYED
from netad_pcap.training.survey.reading import spread, tests_of
from netad_pcap.training.survey.studies import STUDIES

__all__ = ["page"]

Cells = Mapping[str, Sequence[Mapping[str, Any]]]

#: Seeds that the table asks for.
_ASKED = 3
_MAIN = {"auc": "ROC-AUC", "recall": "Recall at 1% false alarms"}
#: Heading → figure, of captures.
_OF_CAPTURES = {
    "AUC": "auc",
    "PR-AUC": "pr_auc",
    "recall at 0.1%": "recall_0.1",
    "at 1%": "recall",
    "at 5%": "recall_5",
    "at 1%, ≥ 20 flows": "large_recall",
    "hit at 1%": "hit",
    "false alarms at 0.1%": "false_alarms_0.1",
    "at 1% ": "false_alarms",
    "quiet": "silent",
}
#: The studies whose cells show what methods cost: the largest table, and flows with context.
_COSTS = ("kdd-corrected", "captures")


def page(found: Cells) -> str:
    """The page.

    Args:
        found: study → its cells.
    """
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Cells) -> Iterator[str]:
    yield "# Every method on every set"
    yield ""
    yield (
        "Made by `netad-pcap survey`; not written by hand. Figures are those of "
        "[Measure a model](../../training.md). Of what a study has to learn from a cell draws at "
        f"most {MOST_LEARNED:,} rows, with its seed: of tables each class its share, of captures "
        "the same number of each class of each capture. The papers' protocols in full are "
        "[reproduced](../README.md) apart."
    )
    yield ""
    for name in found:
        study = STUDIES[name]
        yield f"- **{name}**: {study.title}. {' '.join(study.says)}"
    yield ""
    yield (
        f"Means over {_ASKED} seeds; behind them the least and the most of the seeds, and ·n where "
        "only n seeds were run yet. An empty cell was not run yet, a dash cannot be: the method "
        "reads what tables lack. On tables recall is at the score that 1% of the *tested* benign "
        "rows exceed; on captures the threshold comes from other clean captures, so false alarms "
        "reached stand beside it below. Rows of one table are of one network: an interval over "
        "them would say nothing of another, so the 95% intervals are of captures alone (sources "
        "redrawn, then captures)."
    )
    yield ""
    columns = tests_of(found)
    for figure, words in _MAIN.items():
        yield f"## {words}"
        yield ""
        yield f"![{words}]({figure}.svg)"
        yield ""
        yield from table_lines(
            ["method", *(heading for _, _, heading in columns)],
            [
                [method, *(_main(found[study], study, test, method, figure)
                           for study, test, _ in columns)]
                for method in SURVEYED
            ],
        )  # fmt: skip
    for name, test, heading in columns:
        if any("families" in cell["tests"].get(test, {}) for cell in found[name]):
            yield from _captures(found[name], test, heading)
    yield from _costs(found)
    yield from _origin(found)


def _main(
    cells: Sequence[Mapping[str, Any]], study: str, test: str, method: str, figure: str
) -> str:
    if not STUDIES[study].takes(SURVEYED[method]):
        return "–"
    told = spread(_of(cells, method), test, figure)
    if told is None:
        return ""
    text = f"{told.mean:.3f}"
    if f"{told.least:.3f}" != f"{told.most:.3f}":
        text += f" ({told.least:.3f}-{told.most:.3f})"
    return text if told.seeds >= _ASKED else f"{text} ·{told.seeds}"


def _captures(cells: Sequence[Mapping[str, Any]], test: str, heading: str) -> Iterator[str]:
    yield f"## {heading}: in full"
    yield ""
    yield (
        "Means over sources with 95% intervals (their ends are means over seeds). ≥ 20 flows: "
        "captures with as many attack flows. Hit: attack captures in which any attack flow is "
        "above the threshold. False alarms: those reached. Quiet: clean captures without a flow "
        "above the score that at most one in ten of the clean captures reaches that set thresholds."
    )
    yield ""
    methods = [method for method in SURVEYED if _of(cells, method)]
    rows = []
    for method in methods:
        told = [spread(_of(cells, method), test, name) for name in _OF_CAPTURES.values()]
        rows.append([
            method,
            *("" if one is None else f"{one.mean:.3f} [{one.low:.2f}, {one.high:.2f}]"
              for one in told),
        ])  # fmt: skip
    yield from table_lines(["method", *_OF_CAPTURES], rows)
    families = [
        family
        for family in ATTACKS
        if any(family in cell["tests"][test]["families"] for cell in cells)
    ]
    yield "Recall at 1% by family (behind the stroke: captures with ≥ 20 attack flows):"
    yield ""
    sources = [str(max(
        cell["tests"][test]["families"].get(family, {}).get("sources", 0) for cell in cells
    )) for family in families]  # fmt: skip
    yield from table_lines(
        ["method", *families, "mean"],
        [
            ["sources", *sources, ""],
            *([method, *_families(_of(cells, method), test, families)] for method in methods),
        ],
    )


def _families(
    cells: Sequence[Mapping[str, Any]], test: str, families: Sequence[str]
) -> Iterator[str]:
    told = [cell["tests"][test] for cell in cells]
    for family in families:
        mine = [one["families"].get(family, {}) for one in told]
        yield _both([_mean([one.get(name) for one in mine]) for name in ("recall", "large_recall")])
    yield _both([_mean([one.get(f"{name}_families") for one in told])
                 for name in ("recall", "large_recall")])  # fmt: skip


def _both(values: Sequence[float | None]) -> str:
    """Large captures are some of all: without the first there is no second."""
    return " / ".join(f"{value:.2f}" for value in values if value is not None)


def _costs(found: Cells) -> Iterator[str]:
    shown = [study for study in _COSTS if study in found]
    if not shown:
        return
    yield "## Size and time"
    yield ""
    yield (
        "Numbers: what the fitted method keeps (of a network: its weights). One thread; CPU "
        "seconds to fit, on captures of all turns together; flows scored a CPU second."
    )
    yield ""
    heads = ["rows", "numbers", "KiB", "fit, s", "flows/s"]
    rows = []
    for method in SURVEYED:
        row = [method]
        for study in shown:
            mine = _of(found[study], method)
            row += [""] * len(heads) if not mine else [
                f"{mine[0]['rows']:,} of {mine[0]['rows_of']:,}",
                f"{mine[0]['numbers']:,}",
                f"{mine[0]['bytes'] / 1024:,.0f}",
                f"{np.mean([cell['seconds']['fit'] for cell in mine]):.1f}",
                f"{np.mean([cell['rows_per_second'] for cell in mine]):,.0f}",
            ]  # fmt: skip
        if any(row[1:]):
            rows.append(row)
    yield from table_lines(
        ["method", *(f"{study}: {head}" for study in shown for head in heads)], rows
    )


def _origin(found: Cells) -> Iterator[str]:
    yield "## Made of"
    yield ""
    cells = [cell for mine in found.values() for cell in mine]
    data = sorted({(name, value) for cell in cells for name, value in cell["data"].items()})
    yield from (f"- {name}: sha256 {value}" for name, value in data)
    yield f"- {', '.join(sorted({f'{k} {v}' for c in cells for k, v in c['versions'].items()}))}"
    dates = sorted({cell["date"] for cell in cells})
    yield f"- computed {dates[0]}" + (f" to {dates[-1]}" if len(dates) > 1 else "")
    fit, whole = (
        sum(cell["seconds"].get(name, np.nan) for cell in cells) / 60 for name in ("fit", "all")
    )
    # Cells of before the whole was measured are not added to those that tell it.
    told = f", {whole:.0f} with reading, scoring and figures" if np.isfinite(whole) else ""
    yield f"- {len(cells)} cells, {fit:.0f} CPU minutes of fitting{told}"
    missing = [
        f"{study}: {', '.join(names)}" for study in STUDIES if (names := _missing(found, study))
    ]
    yield from (f"- **not computed:** {line}" for line in missing)


def _missing(found: Cells, study: str) -> list[str]:
    """Methods of which seeds are missing, and how many where not all."""
    there = found.get(study, ())
    names = []
    for method in SURVEYED.values():
        count = _ASKED - len(_of(there, method.name))
        if STUDIES[study].takes(method) and count > 0:
            names.append(method.name + (f" ({count} of {_ASKED})" if count < _ASKED else ""))
    return names


def _of(cells: Sequence[Mapping[str, Any]], method: str) -> list[Mapping[str, Any]]:
    return [cell for cell in cells if cell["method"] == method]


def _mean(values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else None
