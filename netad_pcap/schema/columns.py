"""Columns, profiles and dialects, read from `columns.json`.

Names are those of CSE-CIC-IDS2018; columns that only the corrected fork has keep the fork's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import numpy as np

__all__ = [
    "IDENTITY_COLUMNS",
    "Column",
    "Dialect",
    "Extra",
    "Profile",
    "Schema",
    "cell_key",
    "dtype_of",
    "schema",
]

#: Columns that say which flow it was, not how it behaved; never model inputs, and a table
#: may lack them. `Label` is what somebody said about it.
IDENTITY_COLUMNS: tuple[str, ...] = (
    "Flow ID", "Src IP", "Src Port", "Dst IP", "Dst Port", "Protocol", "Timestamp", "Label",
)  # fmt: skip

_INT64: np.dtype[Any] = np.dtype(np.int64)
_FLOAT64: np.dtype[Any] = np.dtype(np.float64)


@dataclass(frozen=True)
class Column:
    """One column of the data sets.

    Attributes:
        name: 2018 spelling, or the fork's where only the fork has it.
        unit: `byte`, `count`, `microsecond`, `packet/second`, …, or `none`.
        dtype: `int`, `float`, `whole` (a float of whole numbers), `share` (a float of two digits),
            `symbol` (a float, the place of a word in `KDD_SYMBOLS`), `text` or `address`.
        rows: `flow`, or `connection` for the columns of KDD Cup 99.
        says: what its name promises.
        measures: profile → what that profile truly puts there; profiles without it are absent.
        aliases: every other spelling that the matching tells apart, blanks stripped.
        dtype_in: profile → dtype, where it differs.
    """

    name: str
    unit: str
    dtype: str
    says: str
    measures: Mapping[str, str]
    aliases: tuple[str, ...]
    dtype_in: Mapping[str, str]
    rows: str


@dataclass(frozen=True)
class Dialect:
    """One header that exists in files.

    Attributes:
        name: `cse-cic-ids2018/metered-84`, …
        headers: cells as they are printed, leading blanks included.
        columns: the column of each cell; None for cells that carry nothing to meter.
        profile: whose numbers stand below; None where the header does not tell.
        note: where it occurs.
        rows: what its rows are: `flow` or `connection`.
    """

    name: str
    headers: tuple[str, ...]
    columns: tuple[str | None, ...]
    profile: str | None
    note: str
    rows: str


@dataclass(frozen=True)
class Profile:
    """One rule book.

    Attributes:
        name: `cic-2018`, `cic-v4`, `cic-fixed`, `cic-fixed-2022`, `kdd` or `kdd-100`.
        says: which tool it is and what it wrote.
        columns: the columns in printed order, identity and `Label` included.
        headers: the same in the spelling of its own dialect.
        features: the columns that it measures: `columns` without `IDENTITY_COLUMNS`, and without
            what KDD reads from inside connections.
        dialect: name of the dialect that it prints.
    """

    name: str
    says: str
    columns: tuple[str, ...]
    headers: tuple[str, ...]
    features: tuple[str, ...]
    dialect: str


@dataclass(frozen=True)
class Extra:
    """A cell of some dialects that carries nothing to meter.

    Attributes:
        names: its spellings.
        dialects: where it is accepted.
        repeats: the column whose values it repeats, or None.
        says: what stands there.
    """

    names: tuple[str, ...]
    dialects: tuple[str, ...]
    repeats: str | None
    says: str


@dataclass(frozen=True)
class Schema:
    """Everything in `columns.json`."""

    columns: Mapping[str, Column]
    profiles: Mapping[str, Profile]
    dialects: Mapping[str, Dialect]
    extras: tuple[Extra, ...]
    by_key: Mapping[str, str]


def cell_key(cell: str) -> str:
    """A header cell as it is matched: letters and digits only, case ignored.

    Source: cicflowmeter.md 9.
    """
    return "".join(c for c in cell if c.isalnum()).casefold()


def dtype_of(column: str, profile: str) -> np.dtype[Any]:
    """The dtype of a numeric column under a profile: int64 or float64.

    Raises:
        KeyError: no such column, it is not numeric, or the profile lacks it.
    """
    entry = schema().columns[column]
    if profile not in entry.measures:
        raise KeyError(f"profile {profile!r} has no column {column!r}")
    kind = entry.dtype_in.get(profile, entry.dtype)
    if kind not in ("int", "float", "whole", "share", "symbol"):
        raise KeyError(f"column {column!r} is not numeric")
    return _INT64 if kind == "int" else _FLOAT64


@cache
def schema() -> Schema:
    """The tables; the data file is read at the first call."""
    data = json.loads(files(__package__).joinpath("columns.json").read_text(encoding="utf-8"))
    printed = {name: tuple(entry["headers"]) for name, entry in data["dialects"].items()}
    extras = tuple(_extra(entry) for entry in data["extras"])
    by_key: dict[str, str] = {}
    columns: dict[str, Column] = {}
    for entry in data["columns"]:
        aliases = tuple(entry.get("aliases", ()))
        by_key |= {cell_key(name): entry["name"] for name in (entry["name"], *aliases)}
        columns[entry["name"]] = Column(
            name=entry["name"],
            unit=entry["unit"],
            dtype=entry["dtype"],
            says=entry["says"],
            measures=MappingProxyType(entry["measures"]),
            aliases=aliases,
            dtype_in=MappingProxyType(entry.get("dtype_in", {})),
            rows=entry.get("rows", "flow"),
        )
    dialects = {
        name: Dialect(
            name,
            headers,
            _columns(name, headers, by_key, extras),
            data["dialects"][name]["profile"],
            data["dialects"][name]["note"],
            data["dialects"][name].get("rows", "flow"),
        )
        for name, headers in printed.items()
    }
    profiles = {
        name: _profile(name, entry["says"], dialects[entry["dialect"]], columns)
        for name, entry in data["profiles"].items()
    }
    return Schema(
        MappingProxyType(columns),
        MappingProxyType(profiles),
        MappingProxyType(dialects),
        extras,
        MappingProxyType(by_key),
    )


def _columns(
    dialect: str, headers: tuple[str, ...], by_key: Mapping[str, str], extras: tuple[Extra, ...]
) -> tuple[str | None, ...]:
    """The column of each cell of a dialect; None for its extras."""
    seen: set[str] = set()
    columns: list[str | None] = []
    for cell in headers:
        column = by_key.get(cell_key(cell))
        columns.append(None if column in seen else column)
        if column is not None:
            seen.add(column)
    if sum(c is None for c in columns) != sum(dialect in e.dialects for e in extras):
        raise ValueError(f"columns.json: dialect {dialect!r} has cells of no column")
    return tuple(columns)


def _profile(name: str, says: str, dialect: Dialect, known: Mapping[str, Column]) -> Profile:
    columns = tuple(column for column in dialect.columns if column is not None)
    features = tuple(
        column
        for column in columns
        if column not in IDENTITY_COLUMNS and name in known[column].measures
    )
    return Profile(name, says, columns, dialect.headers, features, dialect.name)


def _extra(entry: Mapping[str, Any]) -> Extra:
    return Extra(
        tuple(entry["names"]), tuple(entry["dialects"]), entry.get("repeats"), entry["says"]
    )
