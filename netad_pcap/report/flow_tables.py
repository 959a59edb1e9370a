"""The table that `netad-pcap flows` writes: a profile's own dialect, and ours behind it.

It is written while the meter runs: no spool, memory bounded by one batch.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from netad_pcap.flows import FlowBatch
from netad_pcap.report.columns import BEHIND_FLOWS, flows_header
from netad_pcap.report.csv_table import CsvTable
from netad_pcap.report.output import open_output
from netad_pcap.report.parquet_table import ParquetTable
from netad_pcap.report.table import flow_series
from netad_pcap.schema import PROFILES

__all__ = ["FLOW_FORMATS", "FlowTable", "open_flow_table"]

#: Formats of flow tables, by suffix without the dot.
FLOW_FORMATS = ("csv", "parquet")


class FlowTable:
    """Writes batches of flows as one table.

    Args:
        out: where it goes.
        profile: rule book of the flows.
        strict: the dialect's columns and nothing else.
        headers: header cells for the profile's columns; None: the profile's own.
        columns: their 2018 names; None: the profile's.
        timestamp: profile whose form of `Timestamp` is printed; None: `profile`.
        timezone: for the forms that print local time.
        format: one of `FLOW_FORMATS`.
    """

    def __init__(
        self,
        out: BinaryIO,
        profile: str,
        *,
        strict: bool = False,
        headers: Sequence[str] | None = None,
        columns: Sequence[str] | None = None,
        timestamp: str | None = None,
        timezone: str = "UTC",
        format: str = "csv",  # noqa: A002 - the name of the option
    ) -> None:
        behind = () if strict else BEHIND_FLOWS
        self._header = flows_header(profile, strict=strict)
        if columns is not None:
            self._header = (*columns, *behind)
        cells = PROFILES[profile].headers if headers is None else headers
        self._cells = (*cells, *behind)
        self.rows = 0
        self._table: CsvTable | ParquetTable
        if format == "csv":
            self._table = CsvTable(
                out, self._cells, profile=timestamp or profile, timezone=timezone
            )
        else:
            self._table = ParquetTable(out)

    def write(self, flows: FlowBatch) -> None:
        """Append a batch; open flows are left out."""
        import polars as pl

        if "open" in flows.identity and flows.identity["open"].any():
            flows = flows.take(~flows.identity["open"])
        if not len(flows):
            return
        table = pl.DataFrame([flow_series(name, flows) for name in self._header])
        if isinstance(self._table, ParquetTable):
            self._table.write(table.rename(dict(zip(self._header, self._cells, strict=True))))
        else:
            self._table.write(table)
        self.rows += len(flows)

    def close(self) -> None:
        """Finish the table."""
        if isinstance(self._table, ParquetTable):
            self._table.close()


@contextlib.contextmanager
def open_flow_table(
    target: str | os.PathLike[str],
    profile: str,
    *,
    force: bool = False,
    strict: bool = False,
    headers: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    timestamp: str | None = None,
    timezone: str = "UTC",
    format: str = "csv",  # noqa: A002 - the name of the option
) -> Iterator[FlowTable]:
    """A `FlowTable` at a path or `-`; it appears whole when the block ends well.

    Raises:
        OutputError: it exists, or cannot be written.
        ReaderGone: the reader of standard output went away.
    """
    with open_output(target, force=force) as out:
        table = FlowTable(
            out,
            profile,
            strict=strict,
            headers=headers,
            columns=columns,
            timestamp=timestamp,
            timezone=timezone,
            format=format,
        )
        with contextlib.closing(table):
            yield table
