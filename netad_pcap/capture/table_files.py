"""Flow tables on disk: CSV, plain or in gzip, zstd or xz, and Parquet, as a stream of chunks.

A chunk is some tens of thousands of rows as text columns (CSV) or typed ones (Parquet), named
by position; what the cells mean is for `tables.py`.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from netad_pcap.capture.table_streams import plain_bytes
from netad_pcap.errors import UsageError

if TYPE_CHECKING:
    import polars

__all__ = ["Chunk", "TableFile", "open_table_file"]

_PARQUET = b"PAR1"
#: A header of 100 columns takes 2 kB; what has no line end here is not a table.
_LONGEST_HEADER = 1 << 18
#: Bytes of CSV that are parsed at a time: about 30,000 rows of 84 columns.
_BLOCK_BYTES = 12 << 20
_ROWS = 32_768


@dataclass(frozen=True, eq=False)
class Chunk:
    """Rows of a table.

    Attributes:
        frame: one column per wanted cell, named by the cell's position (`"0"`, `"1"`, …).
        first_row: number of the chunk's first row, counted from 0 behind the header.
    """

    frame: polars.DataFrame
    first_row: int


@dataclass(frozen=True)
class TableFile:
    """A file with a header.

    Attributes:
        path: where it is.
        cells: its header cells as they stand there.
        parquet: Parquet instead of CSV.
    """

    path: Path
    cells: tuple[str, ...]
    parquet: bool

    def chunks(self, wanted: Sequence[int]) -> Iterator[Chunk]:
        """The cells at the wanted positions, chunk by chunk.

        Raises:
            UsageError: a row with too many or too few cells, or the file is cut or damaged.
        """
        return self._parquet_chunks(wanted) if self.parquet else self._csv_chunks(wanted)

    def sha256(self) -> str:
        """Of the file's bytes, in hexadecimal."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def version(self) -> tuple[int, int, int]:
        """Another one when the file was written to or replaced."""
        status = self.path.stat()
        return status.st_ino, status.st_size, status.st_mtime_ns

    def line_of(self, row: int) -> int:
        """The line of a CSV file, or row of a Parquet file, that people would look for.

        Blank lines are no rows, so the file is read again up to there.
        """
        if self.parquet:
            return row + 1
        number, seen = 0, -2
        with plain_bytes(self.path) as stream:
            for line in stream:
                number += 1
                seen += bool(line.strip(b"\r\n"))
                if seen == row:
                    break
        return number

    def _csv_chunks(self, wanted: Sequence[int]) -> Iterator[Chunk]:
        import polars as pl
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        names = [str(position) for position in range(len(self.cells))]
        bad: list[Any] = []

        def refuse(row: Any) -> str:
            bad.append(row)
            return "error"

        with plain_bytes(self.path) as stream:
            _skip_header(stream)
            try:
                reader = arrow_csv.open_csv(
                    stream,
                    # Without threads rows are numbered and blocks are not read ahead.
                    arrow_csv.ReadOptions(
                        use_threads=False, block_size=_BLOCK_BYTES, column_names=names
                    ),
                    arrow_csv.ParseOptions(invalid_row_handler=refuse),
                    arrow_csv.ConvertOptions(
                        column_types=dict.fromkeys(names, pa.binary()),
                        include_columns=[names[position] for position in wanted],
                        strings_can_be_null=False,
                    ),
                )
                first_row = 0
                for batch in reader:
                    frame = cast("polars.DataFrame", pl.from_arrow(pa.table(batch)))
                    if len(frame):
                        yield Chunk(frame, first_row)
                    first_row += len(frame)
            except pa.ArrowInvalid as error:
                if "Empty CSV file" in str(error):
                    return
                raise UsageError(self._damage(bad, error)) from None

    def _damage(self, bad: list[Any], error: Exception) -> str:
        if not bad:
            return f"{self.path}: not a readable CSV file: {str(error).splitlines()[0]}"
        row = bad[0]
        where = f"line {self.line_of(row.number - 1)}" if row.number else repr(row.text[:40])
        return (
            f"{self.path}: {where} has {row.actual_columns} cells, the header "
            f"{row.expected_columns}: the file is cut or not one table"
        )

    def _parquet_chunks(self, wanted: Sequence[int]) -> Iterator[Chunk]:
        import polars as pl
        import pyarrow as pa
        from pyarrow import parquet

        try:
            with parquet.ParquetFile(self.path) as file:
                first_row = 0
                columns = [self.cells[position] for position in wanted]
                for batch in file.iter_batches(_ROWS, columns=columns, use_threads=False):
                    table = pa.table(
                        {str(position): batch.column(name) for position, name in
                         zip(wanted, columns, strict=True)}
                    )  # fmt: skip
                    yield Chunk(cast("polars.DataFrame", pl.from_arrow(table)), first_row)
                    first_row += len(batch)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
            message = str(error).splitlines()[0]
            raise UsageError(f"{self.path}: not a readable Parquet file: {message}") from None


def open_table_file(path: Path) -> TableFile:
    """Finds out what a file is and reads its header.

    Raises:
        UsageError: no such file, or it has no header line.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "no such file"
        raise UsageError(f"{path}: {what}; give a flow table in CSV or Parquet")
    with path.open("rb") as file:
        if file.read(4) == _PARQUET:
            return TableFile(path, _parquet_header(path), parquet=True)
    with plain_bytes(path) as stream:
        line = _skip_header(stream)
    if b"\0" in line:
        raise UsageError(f"{path}: not a flow table (neither text nor Parquet)")
    text = line.decode("utf-8-sig", errors="replace").strip("\r\n")
    try:
        cells = next(csv.reader([text]), [])
    except csv.Error:
        cells = []
    if not cells:
        raise UsageError(f"{path}: not a flow table (no header line)")
    return TableFile(path, tuple(cells), parquet=False)


def _parquet_header(path: Path) -> tuple[str, ...]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return tuple(parquet.read_schema(path).names)
    except (pa.ArrowInvalid, OSError) as error:
        message = str(error).splitlines()[0]
        raise UsageError(f"{path}: not a readable Parquet file: {message}") from None


def _skip_header(stream: IO[bytes]) -> bytes:
    """Reads up to and with the first line that is not blank, and gives it."""
    for _ in range(16):
        line = stream.readline(_LONGEST_HEADER)
        if line.strip(b"\r\n") or not line:
            return line
    return b""
