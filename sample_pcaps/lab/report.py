"""What the shipped model makes of the lab's test networks, and what an own baseline adds.

The page `docs/results/lab.md`, from a folder that `make lab-dataset` made. No weight and no
calibration has seen these networks. The shipped model is measured by
`netad-pcap evaluate`'s own code; own baselines are what `netad-pcap train QUIET.pcap` makes.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from netad_pcap.families import ATTACKS, BENIGN
from netad_pcap.training.assessment import evaluate
from netad_pcap.training.evaluation import as_json, summarize
from netad_pcap.training.judged import FUSED
from sample_pcaps.lab.by_tool import ToolFigures, judged_by_tool
from sample_pcaps.lab.errors import LabError
from sample_pcaps.lab.own_baselines import FPR, QUIET, measured_by_own_baselines

__all__ = ["report"]

_SEED = 0
_SHIPPED = {
    "auc": "AUC",
    "recall": "recall at 1%",
    "large_recall": "recall at 1%, 20 flows or more",
    "flagged": "flagged",
    "found": "found",
    "first": "attacker first",
}
_CLEAN = {"false_alarms": "above the 1% threshold", "flagged": "flagged", "quiet": "quiet captures"}
_OWN = {
    "above": "above its 1%",
    "hit": "captures hit",
    "flagged": "flagged",
    "found": "found",
    "first": "attacker first",
}


def report(folder: Path) -> Iterator[str]:
    """Lines of the page.

    Raises:
        LabError: the folder holds no data set.
    """
    split = folder / "split.csv"
    if not split.is_file():
        raise LabError(f"{folder}: no split.csv; make lab-dataset writes one")
    with split.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    held = [row for row in rows if row["part"] == "test" and row["condition"] == "recorded"]
    captures: dict[str, list[str]] = {}
    for row in held:
        captures.setdefault(row["network"], []).append(str(folder / row["capture"]))
    truth = folder / "test" / "truth.csv"
    everything = [capture for some in captures.values() for capture in some]
    shipped = evaluate(everything, str(truth), seed=_SEED)["figures"][FUSED]
    own = as_json(summarize(list(measured_by_own_baselines(captures, truth, _SEED)), _SEED))
    digest = hashlib.sha256("".join(row["sha256"] for row in rows).encode()).hexdigest()
    yield from _head(rows, digest)
    yield from _shipped(shipped)
    yield from _by_tool(list(judged_by_tool(everything, truth)))
    yield from _own(own)


def _head(rows: Sequence[Mapping[str, str]], digest: str) -> Iterator[str]:
    networks = {
        part: ", ".join(sorted({row["network"] for row in rows if row["part"] == part}))
        for part in ("train", "test")
    }
    yield "# The shipped model on networks of the lab that nothing was fitted to"
    yield ""
    yield "Made by `python -m sample_pcaps.lab report FOLDER > docs/results/lab.md`, where FOLDER"
    yield "is what `make lab-dataset` recorded (another recording gives other flows)."
    yield ""
    yield f"- Measured on: {networks['test']}, as recorded. No weight or calibration saw them;"
    yield "  of the choices one did, of baselines (decision 15). The model learned others of the"
    yield f"  lab: {networks['train']}."
    yield f"- Seed {_SEED}; data {digest[:16]} (SHA-256 of split.csv's sums); netad-pcap"
    yield f"  {version('netad-pcap')}, torch {version('torch')}."
    yield "- All networks of the lab share programs, kernels and many tools: these are upper"
    yield "  bounds. What sources of other people show stands in the model's card."
    yield "- Means over networks of means over captures, 95% bootstrap intervals; three networks,"
    yield "  so the intervals are rough."
    yield ""


def _shipped(figures: Mapping[str, Any]) -> Iterator[str]:
    yield "## As shipped"
    yield ""
    yield "Recall: threshold at 1% false alarms on the clean captures of the other two networks."
    yield "Flagged, found, quiet: verdicts and findings at the product's defaults."
    yield ""
    yield from _table(figures, _SHIPPED)
    yield "| clean captures | |"
    yield "|---|---|"
    for name, words in _CLEAN.items():
        yield f"| {words} | {_cell(figures.get(BENIGN, {}).get(name))} |"
    yield ""
    by_flows = _cell(figures.get("attacks", {}).get("first_by_flows"))
    yield f"Hosts ranked by their number of flows alone have an attacker first in {by_flows}."
    yield ""


def _by_tool(figures: Sequence[ToolFigures]) -> Iterator[str]:
    yield "### By tool"
    yield ""
    yield "At the product's defaults. Evidence adds up: slow, distributed and spraying attacks are"
    yield "findings where their flows hold enough of it together."
    yield ""
    yield "| family | tool | captures | flows | flagged | captures with a finding of it |"
    yield "|---|---|---|---|---|---|"
    tools = sorted({(one.family, one.tool) for one in figures},
                   key=lambda key: (ATTACKS.index(key[0]), key[1]))  # fmt: skip
    for family, tool in tools:
        mine = [one for one in figures if (one.family, one.tool) == (family, tool)]
        flagged = sum(one.flagged for one in mine) / len(mine)
        found = sum(one.found for one in mine)
        flows = sum(one.flows for one in mine)
        yield f"| {family} | {tool} | {len(mine)} | {flows:,} | {flagged:.2f} | {found} |"
    yield ""


def _own(figures: Mapping[str, Any]) -> Iterator[str]:
    yield "## With an own baseline"
    yield ""
    yield f"Each network's `{QUIET}` run, six minutes, was given to `netad-pcap train` (an own"
    yield "autoencoder, and baselines of the shipped detectors), then its other captures judged by"
    yield f"the result. Above its 1%: the fused p-value is at most {FPR:g}. Captures hit: that of"
    yield "any attack flow is."
    yield ""
    yield from _table(figures, _OWN)
    alarms = _cell(figures.get(BENIGN, {}).get("above"))
    yield f"Harmless flows of these captures above it, hard negatives among them: {alarms}."


def _table(figures: Mapping[str, Any], columns: Mapping[str, str]) -> Iterator[str]:
    yield "| family | " + " | ".join(columns.values()) + " |"
    yield "|---" * (1 + len(columns)) + "|"
    for family in (*ATTACKS, "attacks"):
        table = figures.get(family, {})
        if table:
            cells = [_cell(table.get(name)) for name in columns]
            yield f"| {family} | " + " | ".join(cells) + " |"
    yield ""


def _cell(figure: Mapping[str, float] | None) -> str:
    if figure is None:
        return ""
    return f"{figure['mean']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})"
