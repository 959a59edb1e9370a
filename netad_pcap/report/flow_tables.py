"""The table that `netad-pcap flows` writes: a profile's own dialect, and ours behind it.

It is written while the meter runs: no spool, memory bounded by one batch.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from netad_pcap.flows import FlowBatch
from netad_pcap.report.columns import BEHIND_CONNECTIONS, BEHIND_FLOWS
from netad_pcap.report.csv_table import CsvTable
from netad_pcap.report.no_rows import no_flows
from netad_pcap.report.output import open_output
from netad_pcap.report.parquet_table import ParquetTable
from netad_pcap.report.table import flow_series
from netad_pcap.schema import DIALECTS, PROFILES, Dialect, cell_key
from netad_pcap.schema.columns import schema

if TYPE_CHECKING:
    import polars as pl

__all__ = ["FLOW_FORMATS", "FlowTable", "open_flow_table"]

#: Formats of flow tables, by suffix without the dot.
FLOW_FORMATS = ("csv", "parquet")


class FlowTable:
    """Writes batches of flows as one table.

    Args:
        out: where it goes.
        profile: rule book of the flows.
        strict: the dialect's columns and nothing else.
        dialect: a name in `schema.DIALECTS` whose header is printed; None: the profile's own.
            Cells that the profile cannot fill stay empty.
        timezone: for the forms of `Timestamp` that are local time.
        format: one of `FLOW_FORMATS`.
    """

    def __init__(
        self,
        out: BinaryIO,
        profile: str,
        *,
        strict: bool = False,
        dialect: str | None = None,
        timezone: str = "UTC",
        format: str = "csv",  # noqa: A002 - the name of the option
    ) -> None:
        own = DIALECTS[dialect or PROFILES[profile].dialect]
        behind = BEHIND_FLOWS if own.rows == "flow" else BEHIND_CONNECTIONS
        behind = () if strict else behind
        self._columns = (*_columns_of(own), *behind)
        self._headers = (*own.headers, *behind)
        self.rows = 0
        self._profile = profile
        self._csv: CsvTable | None = None
        self._parquet: ParquetTable | None = None
        if format == "csv":
            form = own.profile or profile
            self._csv = CsvTable(out, self._headers, profile=form, timezone=timezone)
        else:
            self._parquet = ParquetTable(out)

    def write(self, flows: FlowBatch) -> None:
        """Append a batch; open flows are left out."""
        if "open" in flows.identity and flows.identity["open"].any():
            flows = flows.take(~flows.identity["open"])
        if not len(flows):
            return
        columns = [flow_series(name, flows) for name in self._columns]
        if self._csv is not None:
            self._csv.write(columns)
        if self._parquet is not None:
            self._write_parquet(self._parquet, columns)
        self.rows += len(flows)

    def _write_parquet(self, parquet: ParquetTable, columns: list[pl.Series]) -> None:
        import polars as pl

        unique = dict(zip(self._columns, columns, strict=True))
        parquet.write(pl.DataFrame([c for name, c in unique.items() if name]))

    def close(self) -> None:
        """Finish the table."""
        if self._parquet is None:
            return
        if not self.rows:  # the file still says which columns there are
            none = no_flows(self._profile)
            self._write_parquet(self._parquet, [flow_series(name, none) for name in self._columns])
        self._parquet.close()


def _columns_of(dialect: Dialect) -> tuple[str, ...]:
    """The column behind each cell of a dialect's header; "" where the meter has nothing."""
    repeated = {
        cell_key(name): extra.repeats or ""
        for extra in schema().extras
        if dialect.name in extra.dialects
        for name in extra.names
    }
    return tuple(
        column if column is not None else repeated.get(cell_key(cell), "")
        for cell, column in zip(dialect.headers, dialect.columns, strict=True)
    )


@contextlib.contextmanager
def open_flow_table(
    target: str | os.PathLike[str],
    profile: str,
    *,
    force: bool = False,
    strict: bool = False,
    dialect: str | None = None,
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
            out, profile, strict=strict, dialect=dialect, timezone=timezone, format=format
        )
        with contextlib.closing(table):
            yield table
