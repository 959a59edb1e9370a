"""Studies of tables: the papers' experiments, with fewer rows to learn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netad_pcap.errors import UsageError
from netad_pcap.training.reproduction import EXPERIMENTS
from netad_pcap.training.reproduction.building import keywords_of, reads_columns
from netad_pcap.training.reproduction.cells import Cell, compute
from netad_pcap.training.reproduction.experiment import Experiment, Split
from netad_pcap.training.reproduction.methods import MOST_LEARNED, Method
from netad_pcap.training.reproduction.tables import sha256
from netad_pcap.training.survey.sampling import stratified
from netad_pcap.training.survey.study import Places

__all__ = ["TABLE_STUDIES", "TableStudy"]

#: Figure here → where it stands in a test of `reproduction.cells.compute`.
_FIGURES: Mapping[str, tuple[str, ...]] = {
    "auc": ("auc",),
    "recall": ("recall_at", "0.01"),
    "recall_5": ("recall_at", "0.05"),
    "recall_new": ("new_at", "0.01"),
    "accuracy": ("classes", "accuracy"),
    "macro_recall": ("classes", "macro_recall"),
}


@dataclass(frozen=True)
class TableStudy:
    """An experiment on tables.

    Attributes:
        experiment: whose columns, classes and split are taken.
        tests: its sets of rows to be tried on, name → heading.
    """

    experiment: Experiment
    tests: Mapping[str, str]
    revision: int = 0

    @property
    def name(self) -> str:
        """The experiment's."""
        return self.experiment.name

    @property
    def title(self) -> str:
        """The experiment's."""
        return self.experiment.title

    @property
    def says(self) -> tuple[str, ...]:
        """The experiment's."""
        return self.experiment.says

    def takes(self, method: Method) -> bool:
        """Tables have no context: what reads it alone has nothing to read."""
        return reads_columns(method)

    def hashes(self, places: Places) -> dict[str, str]:
        """Of its files.

        Raises:
            UsageError: one is not there.
        """
        folder = places.data / "tables"
        for file in self.experiment.files:
            if not (folder / file).is_file():
                raise UsageError(f"{folder / file}: no such file; --data names its folder")
        return {file: sha256(folder / file) for file in self.experiment.files}

    def keywords(self, method: Method, seed: int) -> dict[str, dict[str, Any]]:
        """By detector of the method, its keywords here."""
        return keywords_of(method, self.experiment.columns, tuple(self.experiment.classes), seed)

    def compute(self, method: Method, seed: int, places: Places) -> dict[str, Any]:
        """Fits the method and measures it, see `Study.compute`."""
        split = self.experiment.split(places.data / "tables", seed)
        rows = stratified(split.train.families, MOST_LEARNED, seed)
        fewer = Split(split.train.take(rows), split.tests)
        told = compute(Cell(self.experiment, method, seed, {}, Path()), fewer)
        return {
            **{name: told[name] for name in ("rows", "numbers", "bytes", "rows_per_second")},
            "rows_of": len(split.train.families),
            "seconds": {"fit": told["seconds"]["fit"]},
            "tests": {test: _figures(found) for test, found in told["tests"].items()},
        }


def _figures(found: Mapping[str, Any]) -> dict[str, float]:
    figures = {}
    for name, path in _FIGURES.items():
        value: Any = found
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is not None:
            figures[name] = value
    return figures


TABLE_STUDIES = tuple(
    TableStudy(EXPERIMENTS[name], tests)
    for name, tests in {
        "kdd-random": {"20% at random": "KDD, random split"},
        "kdd-corrected": {"corrected": "KDD, 10% → corrected"},
        "nsl-kdd": {"KDDTest+": "NSL-KDD, Test+", "KDDTest-21": "NSL-KDD, Test-21"},
        "cic2018-by-day-first": {"21-23 February": "CIC-2018, first days → last"},
        "cic2018-by-day-second": {"14 and 20 February": "CIC-2018, last days → first"},
        "cic-2017-to-2018": {"2018 improved": "CIC 2017 → 2018"},
        "cic-2018-to-2017": {"2017 improved": "CIC 2018 → 2017"},
    }.items()
)
