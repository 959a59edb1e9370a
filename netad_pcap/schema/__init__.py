"""The data sets' columns as tables, their dialects, and the matching of headers.

One data file, `columns.json`, says what each column is called, in which unit and dtype it
comes, and what each profile truly measures in it; everything that needs a list of columns
reads it here. It is read once, at first use.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from netad_pcap.schema.columns import (
    IDENTITY_COLUMNS,
    Column,
    Dialect,
    Extra,
    Profile,
    cell_key,
    dtype_of,
    schema,
)
from netad_pcap.schema.context import CONTEXT, ENTITIES, QUANTITIES, ContextColumn
from netad_pcap.schema.headers import HeaderMatch, match_header
from netad_pcap.schema.kdd import KDD_COLUMNS, KDD_SYMBOLS

if TYPE_CHECKING:
    COLUMNS: Mapping[str, Column]
    PROFILES: Mapping[str, Profile]
    DIALECTS: Mapping[str, Dialect]

__all__ = [
    "COLUMNS",
    "CONTEXT",
    "DIALECTS",
    "ENTITIES",
    "IDENTITY_COLUMNS",
    "KDD_COLUMNS",
    "KDD_SYMBOLS",
    "PROFILES",
    "QUANTITIES",
    "Column",
    "ContextColumn",
    "Dialect",
    "Extra",
    "HeaderMatch",
    "Profile",
    "cell_key",
    "dtype_of",
    "match_header",
]


def __getattr__(name: str) -> object:
    """The tables, read at first use."""
    if name in ("COLUMNS", "PROFILES", "DIALECTS"):
        return getattr(schema(), name.lower())
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
