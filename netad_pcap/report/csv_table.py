"""CSV as the data sets have it: unquoted headers, `NaN`, `Infinity`, decimal points.

RFC 4180 quoting where a text needs it; `\\n` line ends, as the tool writes them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

from netad_pcap.report.escaping import csv_text
from netad_pcap.report.timestamps import timestamp_column
from netad_pcap.schema import COLUMNS, KDD_COLUMNS

if TYPE_CHECKING:
    import polars as pl

__all__ = ["CsvTable"]

#: Text that cannot hold anything but what we made of numbers.
_OURS = frozenset({"Flow ID", "Src IP", "Dst IP", "Ext", "Verdict", "Finding", "Community ID"})
#: Cells that `escaping.csv_text` would change begin or go on like this.
_SUSPECT = (
    "^[=+\\-@\uff1d\uff0b\uff0d\uff20]"
    "|[\\x00-\\x1f\\x7f-\\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)
_LIST_SEPARATORS = {"Ext": " "}


class CsvTable:
    """Writes tables of `report.table` as one CSV.

    Args:
        out: where it goes.
        headers: the header cells, in the order of the tables' columns.
        profile: whose form of `Timestamp` is printed.
        timezone: for the forms that print local time.
    """

    def __init__(
        self, out: BinaryIO, headers: Sequence[str], *, profile: str | None, timezone: str = "UTC"
    ) -> None:
        self._out = out
        self._profile = profile
        self._timezone = timezone
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(csv_text(cell) for cell in headers)
        out.write(line.getvalue().encode())

    def write(self, columns: Sequence[pl.Series]) -> None:
        """Append rows, given as columns in the order of the headers."""
        import polars as pl

        cells = [self._cells(column).alias(str(i)) for i, column in enumerate(columns)]
        pl.DataFrame(cells).write_csv(self._out, include_header=False, null_value="")

    def _cells(self, column: pl.Series) -> pl.Series:
        """One column as it is to be printed."""
        import polars as pl

        if column.name == "Timestamp":
            return timestamp_column(column, self._profile, self._timezone)
        if column.dtype == pl.List:
            column = column.list.join(_LIST_SEPARATORS.get(column.name, "; ")).replace("", None)
        if column.dtype == pl.String and column.name not in _OURS:
            return _harmless(column)
        if column.name in KDD_COLUMNS and column.dtype.is_float():
            return _as_kdd(column)
        if column.dtype.is_float() and column.is_infinite().any():
            # polars prints `inf`
            text = column.cast(pl.String)
            return text.replace({"inf": "Infinity", "-inf": "-Infinity"})
        return column


def _as_kdd(column: pl.Series) -> pl.Series:
    """Whole numbers without a point, shares with two digits."""
    import polars as pl

    if COLUMNS[column.name].dtype == "share":
        hundredths = (column * 100).round().cast(pl.Int64).cast(pl.String).str.zfill(3)
        return hundredths.str.head(-2) + "." + hundredths.str.tail(2)
    return column.cast(pl.Int64)


def _harmless(column: pl.Series) -> pl.Series:
    """Text cells with `csv_text` applied, each distinct text once."""
    import polars as pl

    suspect = column.str.contains(_SUSPECT).fill_null(False)
    if not suspect.any():
        return column
    distinct = column.filter(suspect).unique().to_list()
    return column.replace(pl.Series(distinct), pl.Series([csv_text(text) for text in distinct]))
