"""What an experiment is: rows to learn from, rows to be tried on, and what is told of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch
from netad_pcap.training.reproduction.tables import Table

__all__ = [
    "Experiment",
    "Part",
    "Split",
    "capped",
    "distinct_rows",
    "drawn",
    "lone_histories",
    "part_of",
    "shares",
]

#: Of a class with fewer rows all are kept.
_FEW = 200


@dataclass(frozen=True, eq=False)
class Part:
    """Labelled rows.

    Attributes:
        flows: their columns.
        families: object [n], the class of each by the family that stands for it.
        labels: object [n], as published.
        day: object [n], of the capture; empty text where the table does not say.
    """

    flows: FlowBatch
    families: NDArray[Any]
    labels: NDArray[Any]
    day: NDArray[Any]

    def take(self, rows: NDArray[Any]) -> Part:
        """Some rows."""
        return Part(self.flows.take(rows), self.families[rows], self.labels[rows], self.day[rows])


@dataclass(frozen=True, eq=False)
class Split:
    """Rows to learn from, and named sets of rows to be tried on."""

    train: Part
    tests: Mapping[str, Part]


@dataclass(frozen=True)
class Experiment:
    """A table of a paper, or the honest one beside it.

    Attributes:
        name: as users write it.
        title: of its page.
        says: what is done, a sentence each.
        files: below the data folder; their hashes stand on the page.
        classes: family → what the paper calls the class; of the learned ones.
        columns: what detectors read, each with its number of symbols.
        split: from the data folder and a seed.
        cost: of calling a flow of a class another one, family → family → cost; empty for none.
        same: whether training and test rows are of the same days or draws (a random split).
    """

    name: str
    title: str
    says: tuple[str, ...]
    files: tuple[str, ...]
    classes: Mapping[str, str]
    columns: Mapping[str, int]
    split: Callable[[Path, int], Split]
    cost: Mapping[str, Mapping[str, float]]
    same: bool = False


def part_of(table: Table, family_of: Callable[[str], str | None]) -> Part:
    """The rows of a table whose label stands for a family."""
    by_label = {label: family_of(label) for label in set(table.labels.tolist())}
    families = np.array([by_label[label] for label in table.labels], object)
    rows = np.flatnonzero(families != None)  # noqa: E711 - row by row
    return Part(table.flows.take(rows), families[rows], table.labels[rows], table.day[rows])


def capped(part: Part, most: int | None, seed: int) -> Part:
    """So many rows, and those of small classes that their `shares` add."""
    if most is None or len(part.families) <= most:
        return part
    return part.take(drawn(part.families, shares(part.families, most), seed))


def shares(families: NDArray[Any], most: int) -> dict[str, int]:
    """By class its share of `most` rows, and all of a class of fewer than 200: so more in all."""
    return {
        family: max(round(most * count / len(families)), min(_FEW, count))
        for family, count in sorted(Counter(families.tolist()).items())
    }


def drawn(families: NDArray[Any], wanted: Mapping[str, int], seed: int) -> NDArray[np.intp]:
    """So many rows of each class, in order; `families` is object [n]."""
    random = np.random.default_rng(seed)
    kept = [
        random.permutation(np.flatnonzero(families == family))[:count]
        for family, count in wanted.items()
    ]
    return np.sort(np.concatenate(kept))


def distinct_rows(
    flows: FlowBatch, columns: Sequence[str]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The first of each set of rows that read alike, and for all rows its place among them.

    Three of four rows of KDD's test set repeat another: a score depends on its row alone.
    """
    matrix = np.ascontiguousarray(flows.matrix(columns))
    whole = matrix.view(np.dtype((np.void, matrix.dtype.itemsize * matrix.shape[1]))).ravel()
    _, rows, places = np.unique(whole, return_index=True, return_inverse=True)
    return rows, places.ravel()


def lone_histories(flows: FlowBatch, length: int) -> FlowBatch:
    """Each row as the only one of its source: these tables tell neither host nor true order."""
    history = np.full((len(flows), length), -1, np.int32)
    history[:, -1] = np.arange(len(flows))
    return replace(flows, history=history)
