"""Parquet: the same columns under the same names as the CSV, typed.

Times are timestamps in UTC, lists of codes and reasons are lists. The report's header
(captures, models, findings, hosts) stands in the file's metadata under `netad_pcap`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

__all__ = ["ParquetTable", "typed"]


class ParquetTable:
    """Writes tables of `report.table` as one Parquet file; close it with `close`.

    Args:
        out: where it goes.
        header: what the metadata keeps, or None.
    """

    def __init__(self, out: BinaryIO, header: Mapping[str, Any] | None = None) -> None:
        self._out = out
        self._header = header
        self._writer: Any = None

    def write(self, table: pl.DataFrame) -> None:
        """Append rows as one row group."""
        import pyarrow.parquet as pq

        rows = typed(table)
        if self._writer is None:
            if self._header is not None:
                text = json.dumps(self._header, ensure_ascii=False, allow_nan=False)
                rows = rows.replace_schema_metadata({"netad_pcap": text})
            self._schema = rows.schema
            self._writer = pq.ParquetWriter(self._out, rows.schema, compression="zstd")
        self._writer.write_table(rows.cast(self._schema))

    def close(self) -> None:
        """Write the footer; the file is whole now."""
        if self._writer is not None:
            self._writer.close()


def typed(table: pl.DataFrame) -> pa.Table:
    """The table as Arrow: `Timestamp` as time in UTC, plain string and list types."""
    import polars as pl
    import pyarrow as pa

    if "Timestamp" in table.columns:
        moment = pl.from_epoch(pl.col("Timestamp"), time_unit="us").dt.replace_time_zone("UTC")
        table = table.with_columns(moment)
    rows = table.to_arrow(compat_level=pl.CompatLevel.oldest())
    plain = {
        pa.large_string(): pa.string(),
        pa.large_list(pa.large_string()): pa.list_(pa.string()),
    }
    fields = [pa.field(f.name, plain.get(f.type, f.type)) for f in rows.schema]
    return rows.cast(pa.schema(fields))
