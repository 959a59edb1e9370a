"""What detectors make of the lab's test networks before and after they learned its training part.

The page `docs/results/lab.md`, from a folder that `make lab-dataset` made. Both models are
measured by `netad-pcap evaluate`'s own code on the recorded captures of the three networks that
training never saw.
"""

from __future__ import annotations

import csv
import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from netad_pcap.detection import write_bundle
from netad_pcap.families import ATTACKS, BENIGN
from netad_pcap.training.assessment import evaluate
from netad_pcap.training.judged import FUSED
from netad_pcap.training.own import train
from sample_pcaps.lab.errors import LabError

__all__ = ["report"]

_DETECTORS = ("autoencoder", "lstm", "behaviour")
#: The lab's networks have few clean captures: they resolve no smaller budget.
_FPR = 0.02
_SEED = 0
_FIGURES = {"auc": "AUC", "recall": "recall at 1%", "flagged": "flagged", "found": "found"}
_CLEAN = {"false_alarms": "at the 1% threshold", "flagged": "flagged", "quiet": "quiet captures"}


def report(folder: Path) -> Iterator[str]:
    """Lines of the page.

    Raises:
        LabError: the folder holds no data set.
    """
    split = folder / "split.csv"
    if not split.is_file():
        raise LabError(f"{folder}: no split.csv; make lab-dataset writes one")
    rows = list(csv.DictReader(split.open(newline="")))
    fit = [str(folder / row["capture"]) for row in rows if row["part"] == "train"]
    held = [
        str(folder / row["capture"])
        for row in rows
        if row["part"] == "test" and row["condition"] == "recorded"
    ]
    truth = str(folder / "test" / "truth.csv")
    rules = str(folder / "train" / "truth.csv")
    trained = train(fit, "lab", truth=rules, detectors=_DETECTORS, fpr=_FPR, seed=_SEED)
    with tempfile.TemporaryDirectory() as temporary:
        model = Path(temporary) / "lab.netad"
        write_bundle(trained.bundle, model)
        after = evaluate(held, truth, models=[str(model)], fpr=_FPR, seed=_SEED)
    before = evaluate(held, truth, fpr=_FPR, seed=_SEED)
    digest = hashlib.sha256("".join(row["sha256"] for row in rows).encode()).hexdigest()
    yield from _page(rows, trained.flows, digest, (before["figures"], after["figures"]))


def _page(
    rows: Sequence[Mapping[str, str]], flows: int, digest: str, both: tuple[Any, Any]
) -> Iterator[str]:
    networks = {
        part: sorted({row["network"] for row in rows if row["part"] == part})
        for part in ("train", "test")
    }
    yield "# Detectors on the lab's networks, before and after learning from others of them"
    yield ""
    yield "Made by `python -m sample_pcaps.lab report FOLDER > docs/results/lab.md`, where FOLDER"
    yield "is what `make lab-dataset` recorded (another recording gives other flows)."
    yield ""
    yield f"- Learned from: {', '.join(networks['train'])} ({flows:,} flows, conditions included)."
    yield f"- Measured on: {', '.join(networks['test'])}, as recorded, which training never saw."
    yield f"- Before: the shipped model. After: {', '.join(_DETECTORS)}, fused."
    yield f"- Verdicts at --fpr {_FPR:g}, seed {_SEED}; data {digest[:16]} (SHA-256 of"
    yield f"  split.csv's sums); netad-pcap {version('netad-pcap')}, torch {version('torch')}."
    yield ""
    yield "Means over networks, 95% bootstrap intervals. Before, nearly all clean captures have"
    yield "findings: what is found and flagged then is mostly false alarm."
    yield ""
    heads = [f"{words}, {when}" for words in _FIGURES.values() for when in ("before", "after")]
    yield "| family | " + " | ".join(heads) + " |"
    yield "|---" * (1 + len(heads)) + "|"
    for family in (*ATTACKS, "attacks"):
        tables = [figures[FUSED].get(family, {}) for figures in both]
        if any(tables):
            cells = [_cell(table.get(name)) for name in _FIGURES for table in tables]
            yield f"| {family} | " + " | ".join(cells) + " |"
    yield ""
    yield "| clean captures | before | after |"
    yield "|---|---|---|"
    for name, words in _CLEAN.items():
        cells = [_cell(figures[FUSED].get(BENIGN, {}).get(name)) for figures in both]
        yield f"| {words} | " + " | ".join(cells) + " |"
    yield ""
    yield "By detector, all attacks, after: " + "; ".join(
        f"{name} AUC {table['attacks']['auc']['mean']:.2f}, "
        f"recall at 1% {table['attacks']['recall']['mean']:.2f}"
        for name, table in both[1].items()
    )


def _cell(figure: Mapping[str, float] | None) -> str:
    if figure is None:
        return ""
    return f"{figure['mean']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})"
