"""Which column each cell of a header is, whatever dialect it was written in.

Matching rule of cicflowmeter.md 9: drop everything but letters and digits, ignore case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from netad_pcap.errors import UsageError
from netad_pcap.schema.columns import IDENTITY_COLUMNS, Dialect, cell_key, schema

#: Fewer recognised features than this and it is another kind of table.
_FEW = 8


@dataclass(frozen=True)
class HeaderMatch:
    """A header, matched.

    Attributes:
        dialect: the dialect that it is, extra cells and absent identity columns aside; None
            for a mixture of spellings.
        columns: per cell the column's name, or None for a cell that is no column of ours.
        repeats: cell → column whose values that cell must repeat (2017 dialects).
        missing: features of the dialect that are not there; empty unless they were allowed.
    """

    dialect: Dialect | None
    columns: list[str | None]
    repeats: Mapping[int, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


def match_header(cells: Sequence[str], *, allow_missing: bool = False) -> HeaderMatch:
    """Matches the cells of a header line to the columns.

    Identity columns (`IDENTITY_COLUMNS`) may be absent, cells of other programs may stand
    between ours; a feature that the dialect has may be absent only with `allow_missing`.

    Raises:
        UsageError: not a flow table's header; columns missing or doubled, which it names.
    """
    tables = schema()
    keys = [cell_key(cell) for cell in cells]
    present = {tables.by_key[key] for key in keys if key in tables.by_key}
    if len(present.difference(IDENTITY_COLUMNS)) < _FEW:
        raise UsageError(
            f"not a flow table: {len(present)} of {len(cells)} header cells are columns of a "
            "known dialect; give a CSV or Parquet file with CICFlowMeter's columns"
        )
    dialect = _nearest(set(keys), present)
    columns, repeats = _assign(cells, keys, dialect)
    present &= set(columns)
    missing = tuple(
        name
        for name in dialect.columns
        if name is not None and name not in present and name not in IDENTITY_COLUMNS
    )
    if missing and not allow_missing:
        raise UsageError(
            f"flow table lacks {_names(missing)} of {dialect.name}: write the table again with "
            "all columns"
        )
    # KDD's dialect has no identity columns; those that our tables put behind it spoil nothing.
    free = IDENTITY_COLUMNS if dialect.rows == "connection" else ()
    own = _keys(dialect)
    pure = all(key in own or _column(key, dialect) in (None, *free) for key in keys)
    return HeaderMatch(dialect if pure else None, columns, repeats, missing)


def _nearest(keys: set[str], present: set[str]) -> Dialect:
    """The dialect with most spellings in common, then most columns, then fewest missing."""

    def likeness(dialect: Dialect) -> tuple[int, int, int]:
        columns = {name for name in dialect.columns if name is not None}
        return (len(keys & _keys(dialect)), len(present & columns), -len(columns - present))

    return max(schema().dialects.values(), key=likeness)


def _keys(dialect: Dialect) -> frozenset[str]:
    return frozenset(cell_key(cell) for cell in dialect.headers)


def _column(key: str, dialect: Dialect) -> str | None:
    """The column of a cell; KDD's names are common words, and none in a table of flows."""
    name = schema().by_key.get(key)
    if name is None or name in IDENTITY_COLUMNS or schema().columns[name].rows == dialect.rows:
        return name
    return None


def _assign(
    cells: Sequence[str], keys: Sequence[str], dialect: Dialect
) -> tuple[list[str | None], dict[int, str]]:
    """The column of each cell; the cells that may repeat one."""
    tables = schema()
    repeatable = {e.repeats for e in tables.extras if dialect.name in e.dialects and e.repeats}
    first: dict[str, int] = {}
    columns: list[str | None] = []
    repeats: dict[int, str] = {}
    doubled: list[str] = []
    for position, key in enumerate(keys):
        name = _column(key, dialect)
        if name is not None and name in first:
            if name in repeatable and name not in repeats.values():
                repeats[position] = name
            else:
                doubled.append(
                    f"{name!r} (cells {first[name] + 1} {cells[first[name]].strip()!r} and "
                    f"{position + 1} {cells[position].strip()!r})"
                )
            name = None
        elif name is not None:
            first[name] = position
        columns.append(name)
    if doubled:
        raise UsageError(f"flow table has a column twice: {', '.join(doubled)}; remove one")
    return columns, repeats


def _names(names: Sequence[str], most: int = 6) -> str:
    """`column 'A'`, or `columns 'A', 'B' and 3 more`."""
    shown = ", ".join(repr(name) for name in names[:most])
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"column{'s' if len(names) > 1 else ''} {shown}{more}"
