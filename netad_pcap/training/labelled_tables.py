"""Flow tables as labelled captures: read once, as a stream, of which a drawn sample is kept.

The table is the unit that a capture is elsewhere: of weight, and of splitting where no truth
file gives it a source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture.tables import FlowTable, open_flow_table
from netad_pcap.context.history import FlowHistory
from netad_pcap.context.tables import rows_with_context
from netad_pcap.detection import Needs
from netad_pcap.detection.lacking import lacking
from netad_pcap.errors import UsageError
from netad_pcap.flows import FlowBatch
from netad_pcap.schema import CONTEXT
from netad_pcap.training.history_rows import join_batches, rows_with_past
from netad_pcap.training.labelled import LabelledCapture, seed_of
from netad_pcap.training.table_labels import UNLABELLED, table_families
from netad_pcap.training.truth import Truth

__all__ = [
    "Sample",
    "first_rows",
    "give_context",
    "label_tables",
    "open_tables",
    "profile_of_tables",
]


def open_tables(names: Sequence[str], timezone: str = "UTC") -> dict[str, FlowTable]:
    """The headers of flow tables, by path; they may lack columns of their dialects.

    Raises:
        UsageError: one is no flow table.
    """
    return {name: open_flow_table(name, timezone=timezone, allow_missing=True) for name in names}


def profile_of_tables(tables: dict[str, FlowTable]) -> str:
    """The profile whose numbers all tables hold.

    Raises:
        UsageError: they hold those of several, or one does not tell.
    """
    by_profile: dict[str, str] = {}
    for name, table in tables.items():
        if table.profile is None:
            raise UsageError(
                f"{name}: its header does not tell whose numbers it holds (cic-2018, cic-fixed, …)"
            )
        by_profile.setdefault(table.profile, name)
    if len(by_profile) > 1:
        (one, first), (other, second) = list(by_profile.items())[:2]
        raise UsageError(
            f"{first} holds flows of {one}, {second} of {other}: columns of one name hold other "
            "numbers; train on one kind"
        )
    return next(iter(by_profile))


def first_rows(tables: Mapping[str, FlowTable]) -> dict[str, FlowBatch]:
    """By table, no row: which columns there are, no more."""
    return {
        name: batch.take(slice(0, 0))
        for name, table in tables.items()
        for batch in islice(table.batches(), 1)
    }


def give_context(rows: Mapping[str, FlowBatch]) -> bool:
    """Whether what hosts did lately can be made of all tables with these columns."""
    asked = Needs(context=tuple(CONTEXT))
    return not any(lacking(asked, batch) for batch in rows.values())


def label_tables(
    tables: dict[str, FlowTable],
    truth: Truth | None,
    *,
    history: int,
    columns: Sequence[str],
    context: Sequence[str] = (),
    most_rows: int,
    seed: int,
    unlabelled: Callable[[str], None] = lambda name: None,
) -> Iterator[LabelledCapture]:
    """Reads and labels tables, each by itself; memory is bounded by what is kept.

    Args:
        tables: by path.
        truth: None: the `Label` column goes. Of a table in which nobody labelled any flow all
            are `UNLABELLED`; in others the flows without a label are taken out.
        history: flows of the same source that a detector needs, the flow itself included.
        columns: features to keep.
        context: context columns that a detector needs; tables that lack what these are made from
            stay without.
        most_rows: of a class in one table so many flows are kept, drawn with `seed`.
        seed: for the draw.
        unlabelled: told of tables that no line of the truth names, or without a flow that is
            of a known family.
    """
    for name, table in tables.items():
        if truth is not None and not truth.names(name):
            unlabelled(name)
            continue
        past = FlowHistory(history, (*columns, *context))
        sample = Sample(most_rows, seed_of(name, seed))
        for batch in rows_with_context(table, context):
            families = table_families(batch, table, name, truth)
            features = {c: batch.features[c] for c in batch.features if c in columns}
            sample.add(past.attach(replace(batch, features=features, text={})), families)
        if (sample.seen - {UNLABELLED}) and UNLABELLED in sample.seen:
            sample.drop(UNLABELLED)
        kept = sample.kept()
        if kept is None:
            unlabelled(name)
            continue
        flows, families = kept
        source = name if truth is None else truth.source_of(name)
        yield LabelledCapture(name, source, table.file.sha256(), flows, families)


class Sample:
    """At most so many flows of each class of a stream, each equally likely to be among them.

    Each flow draws a number; of a class those with the smallest are kept. Cutting the stream
    anywhere changes nothing.

    Args:
        most: flows of a class.
        seed: of the draw.
    """

    def __init__(self, most: int, seed: int) -> None:
        self._most = most
        self._generator = np.random.default_rng(seed)
        self._below: dict[str, float] = {}
        self._count: dict[str, int] = {}
        self._parts: list[tuple[FlowBatch, NDArray[Any], NDArray[np.float64]]] = []

    @property
    def seen(self) -> set[str]:
        """Classes of which there are flows; flows of class "" are no part of the stream."""
        return set(self._below)

    def add(self, flows: FlowBatch, families: NDArray[Any]) -> None:
        """The next flows, with history or without.

        Args:
            flows: the batch.
            families: object [n], of the rows that are not carried.
        """
        number = self._generator.random(len(families))
        limit = np.empty(len(families))
        for family in set(families.tolist()):
            below = -1.0 if family == "" else self._below.setdefault(family, 2.0)
            limit[families == family] = below
        self._keep(flows, families, number, number < limit)
        for family in self._below:
            # Twice as many before any is let go: each then is looked at a few times only.
            if self._count.get(family, 0) > 2 * self._most:
                self._thin(family)

    def drop(self, family: str) -> None:
        """Forget the flows of a class."""
        self._below[family] = -1.0
        self._cut(family)

    def kept(self) -> tuple[FlowBatch, NDArray[Any]] | None:
        """The sample in the order of the stream, and the class of each flow; None without any."""
        for family in self._below:
            if self._count.get(family, 0) > self._most:
                self._thin(family)
        if not self._parts:
            return None
        families = np.concatenate([families for _, families, _ in self._parts])
        return join_batches([flows for flows, _, _ in self._parts]), families

    def _keep(
        self,
        flows: FlowBatch,
        families: NDArray[Any],
        number: NDArray[np.float64],
        wanted: NDArray[np.bool_],
    ) -> None:
        rows = np.flatnonzero(wanted)
        if not len(rows):
            return
        self._parts.append((rows_with_past(flows, rows), families[rows], number[rows]))
        for family in self._below:
            more = int((families[rows] == family).sum())
            self._count[family] = self._count.get(family, 0) + more

    def _thin(self, family: str) -> None:
        numbers = np.concatenate([n[families == family] for _, families, n in self._parts])
        self._below[family] = float(np.partition(numbers, self._most)[self._most])
        self._cut(family)

    def _cut(self, family: str) -> None:
        """Lets go of the flows of a class whose number is too large."""
        parts, self._parts, self._count = self._parts, [], {}
        for flows, families, number in parts:
            wanted = (families != family) | (number < self._below[family])
            self._keep(flows, families, number, wanted)
