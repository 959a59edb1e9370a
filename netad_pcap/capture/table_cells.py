"""From cells to numbers, addresses and texts; what cannot be read is named by line and column."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars

__all__ = ["BadCell", "addresses", "integers", "reals", "texts"]

#: Beyond these a float has no exact int64.
_INT64_LIMIT = 2.0**63


class BadCell(Exception):
    """A cell that cannot be read: its row in the chunk, its text, and what was expected."""

    def __init__(self, row: int, text: str, expected: str) -> None:
        super().__init__(f"{text!r} is not {expected}")
        self.row = row


def texts(column: polars.Series) -> polars.Series:
    """Cells as strings; bytes that are not UTF-8 are taken as Windows-1252.

    The published CIC-IDS2017 files have such dashes in "Web Attack – XSS".
    """
    import polars as pl

    if column.dtype != pl.Binary:
        return column.cast(pl.String)
    try:
        return column.cast(pl.String)
    except pl.exceptions.ComputeError:
        words = [None if raw is None else _decoded(raw) for raw in column]
        return pl.Series(column.name, words, dtype=pl.String)


def integers(column: polars.Series, expected: str = "a whole number") -> NDArray[np.int64]:
    """Cells as int64 [n]; `6.0` and ` 6` are 6.

    Raises:
        BadCell: empty, not a number, or not a whole one.
    """
    import polars as pl

    if column.dtype.is_integer() or column.dtype == pl.Boolean:
        whole = column.cast(pl.Int64, strict=False)
    elif column.dtype.is_float():
        whole = _whole(column)
    else:
        column = texts(column)
        whole = column.cast(pl.Int64, strict=False)
        if whole.null_count():
            stripped = column.str.strip_chars()
            again = stripped.cast(pl.Int64, strict=False)
            whole = whole.fill_null(again)
            if whole.null_count():
                whole = whole.fill_null(_whole(stripped.cast(pl.Float64, strict=False)))
    _refuse_nulls(column, whole, expected)
    return np.asarray(whole.to_numpy(), dtype=np.int64)


def reals(column: polars.Series) -> NDArray[np.float64]:
    """Cells as float64 [n]; empty ones are NaN; `Infinity`, `NaN` as Java prints them.

    Raises:
        BadCell: not a number.
    """
    import polars as pl

    if column.dtype.is_numeric():
        return np.asarray(column.cast(pl.Float64).fill_null(np.nan).to_numpy(), dtype=np.float64)
    column = texts(column)
    values = column.cast(pl.Float64, strict=False)
    if values.null_count():
        stripped = column.str.strip_chars()
        values = values.fill_null(stripped.cast(pl.Float64, strict=False))
        empty = stripped.is_null() | (stripped == "")
        values = pl.select(pl.when(empty).then(np.nan).otherwise(values)).to_series()
        _refuse_nulls(column, values, "a number")
    return np.asarray(values.to_numpy(), dtype=np.float64)


def addresses(column: polars.Series) -> NDArray[np.uint8]:
    """Cells as addresses uint8 [n, 16], IPv4 mapped; each distinct text is parsed once.

    Raises:
        BadCell: not an IP address.
    """
    import polars as pl

    if column.dtype == pl.Binary and len(column) and len(column[0] or b"") == 16:
        sizes = column.bin.size()
        if sizes.min() == sizes.max() == 16:
            return np.frombuffer(b"".join(column), dtype=np.uint8).reshape(-1, 16)
    words = texts(column).fill_null("")
    distinct = words.unique(maintain_order=True)
    packed = np.zeros((len(distinct), 16), dtype=np.uint8)
    for i, text in enumerate(distinct):
        try:
            address = ipaddress.ip_address(text.strip())
        except ValueError:
            row = int(words.eq(text).arg_max() or 0)
            raise BadCell(row, text, "an IP address") from None
        mapped = b"\0" * 10 + b"\xff\xff" if address.version == 4 else b""
        packed[i] = np.frombuffer(mapped + address.packed, dtype=np.uint8)
    index = words.replace_strict(distinct, list(range(len(distinct))), return_dtype=pl.Int64)
    return np.asarray(packed[index.to_numpy()])


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _whole(values: polars.Series) -> polars.Series:
    """Floats as Int64; null where they are not whole."""
    import polars as pl

    fits = values.is_finite() & (values == values.floor()) & (values.abs() < _INT64_LIMIT)
    return pl.select(pl.when(fits).then(values).otherwise(None).cast(pl.Int64)).to_series()


def _refuse_nulls(column: polars.Series, values: polars.Series, expected: str) -> None:
    if values.null_count():
        row = int(values.is_null().arg_max() or 0)
        cell: Any = column[row]
        raise BadCell(row, "" if cell is None else str(cell), expected)
