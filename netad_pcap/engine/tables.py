"""Flow tables in the place of captures: rows as they stand, nothing metered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from netad_pcap.engine.progress import Progress, ProgressReport
from netad_pcap.errors import UsageError

if TYPE_CHECKING:
    from netad_pcap.flows import FlowBatch
    from netad_pcap.report import CaptureRecord

__all__ = ["Tables"]

#: Profile, identity and features of a batch.
_Columns: TypeAlias = tuple[str | None, tuple[str, ...], tuple[str, ...]]


@dataclass
class Tables:
    """One run over flow tables; the twin of `Metering`.

    Attributes:
        names: paths of the tables.
        timezone: of their local times.
        context: columns that the rows get where a table has what they are made from.
        interrupted: `should_stop` ended it.
    """

    names: tuple[str, ...]
    timezone: str
    should_stop: Callable[[], bool]
    context: tuple[str, ...] = ()
    progress: ProgressReport | None = None
    interrupted: bool = False
    name: str = "table"
    profile: str | None = None
    _records: list[CaptureRecord] = field(default_factory=list)
    _columns: _Columns | None = None
    _lacks: tuple[str, ...] = ()
    _group: int = -1

    def batches(self) -> Iterator[FlowBatch]:
        """The rows of all tables, table by table, in their order; connection states as inferred.

        Raises:
            UsageError: a table cannot be read, named by line and column, or has other columns
                than the first.
        """
        from netad_pcap.capture.tables import open_flow_table
        from netad_pcap.context.table_states import with_states
        from netad_pcap.context.tables import rows_with_context
        from netad_pcap.engine.records import table_record
        from netad_pcap.hosts.book import NEEDED

        total = 0
        for number, name in enumerate(self.names):
            table = open_flow_table(name, timezone=self.timezone, allow_missing=True)
            rows, times = 0, _Times()
            for batch in rows_with_context(table, self.context, self.should_stop):
                self._group = number
                self._refuse_other_columns(batch, name)
                self._lacks = batch.lacks(NEEDED)
                self.profile = batch.profile
                rows += len(batch)
                times.add(batch)
                yield _named(with_states(batch), name)
                if self.progress is not None:
                    self.progress(Progress(name, 0, total + rows, None))
                if self.should_stop():
                    self.interrupted = True
                    break
            total += rows
            record = table_record(table, table.file.sha256(), rows)
            self._records.append(replace(record, start_us=times.start_us, end_us=times.end_us))
            if self.interrupted:
                return

    @property
    def clock_us(self) -> None:
        """A table has no clock."""

    def group_of(self, batch: FlowBatch) -> int:
        """Each table stands alone."""
        return self._group

    def start_us(self, group: int) -> int:
        """Tables do not say when a row left: the choice of a baseline does not ask."""
        return 0

    def records(self) -> list[CaptureRecord]:
        """What was read."""
        return self._records

    def remarks(self) -> list[str]:
        """What a person should know of the run."""
        if self._group < 0:
            return ["no flow: the table has a header and no row"] if self._records else []
        if self._lacks:
            return [f"no findings: the table has no {' and no '.join(self._lacks)}"]
        return []

    def _refuse_other_columns(self, batch: FlowBatch, name: str) -> None:
        """One report has one table of rows, judged by the same detectors."""
        columns = (batch.profile, tuple(batch.identity), tuple(batch.features))
        if self._columns is None:
            self._columns = columns
        elif columns != self._columns:
            raise UsageError(
                f"{name} has other columns than {self.names[0]}, or in another order; analyze "
                "them one after the other"
            )


@dataclass
class _Times:
    """First and last time in a table, µs since 1970; None where it has no times."""

    start_us: int | None = None
    end_us: int | None = None

    def add(self, batch: FlowBatch) -> None:
        """Take in the rows of a batch; durations of published tables may be negative."""
        for name in ("start_us", "end_us"):
            if name in batch.identity:
                first, last = int(batch.identity[name].min()), int(batch.identity[name].max())
                self.start_us = first if self.start_us is None else min(self.start_us, first)
                self.end_us = last if self.end_us is None else max(self.end_us, last)


def _named(batch: FlowBatch, name: str) -> FlowBatch:
    """The table's name where the rows do not say from which capture they are."""
    if "capture" in batch.identity:
        return batch
    first = np.zeros(len(batch), np.int32)
    identity = dict(batch.identity) | {"capture": first, "last_capture": first}
    return replace(batch, identity=identity, captures=(name,))
