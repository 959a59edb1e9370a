"""One of the two tables: identities in memory, all other columns on disk.

Memory grows by some 100 bytes a flow, and one column at a time; the columns are spooled as
Arrow IPC and mapped.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture.tables import FlowTable
from netad_pcap.capture.timestamps import parse_timestamps
from netad_pcap.flows import FlowBatch, address_text

__all__ = ["Side", "load_side"]

_IDENTITY = ("src_ip", "dst_ip", "src_port", "dst_port", "protocol")


@dataclass(frozen=True, eq=False)
class Side:
    """A table, read.

    Attributes:
        table: its header and what is known of it.
        rows: number of flows.
        identity: those of `src_ip`, `dst_ip` (uint8 [n, 16]), ports and protocol that it has.
        start_us: start as printed (half of the day unknown where `table.clock_ambiguous`),
            int64 [n], or None.
        captures: text [n] of the `Capture` column, or None.
    """

    table: FlowTable
    rows: int
    identity: dict[str, NDArray[Any]]
    start_us: NDArray[np.int64] | None
    captures: NDArray[Any] | None
    _columns: Any

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the numeric columns."""
        return tuple(n for n in self._columns.column_names if not n.startswith("text:"))

    def has(self, name: str) -> bool:
        """Whether there is such a numeric column."""
        return name in self._columns.column_names

    def column(self, name: str, rows: NDArray[np.int64] | None = None) -> NDArray[Any]:
        """A numeric column, or the given rows of it."""
        values: NDArray[Any] = self._columns.column(name).to_numpy()
        return values if rows is None else values[rows]

    def has_text(self, name: str) -> bool:
        """Whether there is such a text column (`flow_id`, `label`, `ext`)."""
        return f"text:{name}" in self._columns.column_names

    def text(self, name: str, rows: NDArray[np.int64]) -> NDArray[Any]:
        """Rows of a text column, object [n]."""
        import pyarrow as pa

        taken = self._columns.column(f"text:{name}").take(pa.array(rows))
        return np.asarray(taken.to_numpy(zero_copy_only=False), dtype=object)

    def flow_name(self, row: int) -> str:
        """A flow for people: `10.0.0.1:4000 > 192.0.2.7:80 tcp`, or its row number."""
        if not {"src_ip", "dst_ip"} <= self.identity.keys():
            return f"row {row + 1}"
        part = {name: column[row : row + 1] for name, column in self.identity.items()}
        ends = [str(address_text(part[f"{way}_ip"])[0]) for way in ("src", "dst")]
        for i, way in enumerate(("src", "dst")):
            if f"{way}_port" in part:
                host = f"[{ends[i]}]" if ":" in ends[i] else ends[i]
                ends[i] = f"{host}:{part[f'{way}_port'][0]}"
        protocol = f" protocol {part['protocol'][0]}" if "protocol" in part else ""
        return f"{ends[0]} > {ends[1]}{protocol}"


def load_side(table: FlowTable, spool: Path) -> Side:
    """Reads a table once, its columns into the file `spool`.

    Raises:
        UsageError: a cell that cannot be read.
    """
    import polars as pl
    import pyarrow as pa

    parts: dict[str, list[NDArray[Any]]] = {}
    rows = 0
    writer = None
    with pa.OSFile(str(spool), "wb") as sink:
        for batch in table.batches():
            rows += len(batch)
            for name in _IDENTITY:
                if name in batch.identity:
                    parts.setdefault(name, []).append(batch.identity[name])
            if table.clock_ambiguous:
                stamps = parse_timestamps(pl.Series(batch.text["timestamp"], dtype=pl.String))
                parts.setdefault("start_us", []).append(stamps.us)
            elif "start_us" in batch.identity:
                parts.setdefault("start_us", []).append(batch.identity["start_us"])
            if "capture" in batch.identity:
                names = np.array(batch.captures, dtype=object)
                parts.setdefault("capture", []).append(names[batch.identity["capture"]])
            arrow = _arrow(batch)
            writer = writer or pa.ipc.new_file(sink, arrow.schema)
            writer.write_table(arrow)
        if writer is not None:
            writer.close()
    columns = pa.table({})
    if rows:
        columns = pa.ipc.open_file(pa.memory_map(str(spool))).read_all()
    joined = {name: np.concatenate(arrays) for name, arrays in parts.items()}
    start, captures = joined.pop("start_us", None), joined.pop("capture", None)
    return Side(table, rows, joined, start, captures, columns)


def _arrow(batch: FlowBatch) -> Any:
    """Features and the texts that are compared, as an Arrow table."""
    import pyarrow as pa

    arrays: dict[str, Any] = dict(batch.features)
    for name in ("flow_id", "label", "ext"):
        if name in batch.text:
            arrays[f"text:{name}"] = pa.array(batch.text[name], type=pa.string())
    return pa.table(arrays)
