"""What a comparison found: counts and causes, as data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["CauseCount", "ColumnDifference", "Comparison", "Example", "TableFacts"]


@dataclass(frozen=True)
class TableFacts:
    """One of the two tables.

    Attributes:
        path: as it was given.
        flows: its rows.
        dialect: how its header is spelled, or None for a mixture.
        profile: whose numbers it holds, or None where that cannot be told.
        unmatched: rows that have no counterpart in the other table.
    """

    path: str
    flows: int
    dialect: str | None
    profile: str | None
    unmatched: int


@dataclass(frozen=True)
class Example:
    """One flow as evidence: its five-tuple as text, and both values (empty where one has none)."""

    flow: str
    a: str
    b: str


@dataclass(frozen=True)
class ColumnDifference:
    """How one column differs among the flows in both tables.

    Attributes:
        name: the column.
        flows: flows in which it differs beyond the tolerance.
        unexplained: those of them that no cause explains.
        largest_absolute: largest |a - b|; None for texts and where one side is not finite.
        largest_relative: largest |a - b| / max(|a|, |b|); None likewise.
        example: the flow with the largest difference.
    """

    name: str
    flows: int
    unexplained: int
    largest_absolute: float | None
    largest_relative: float | None
    example: Example


@dataclass(frozen=True)
class CauseCount:
    """A known cause and how many flows show it.

    Attributes:
        code: its name in the table of causes.
        says: the cause in words, with the profiles of these two tables.
        flows: flows that it explains, wholly or in part.
        side: `both` for differences between matched flows, `a` or `b` for flows only there.
        columns: columns that it explains; empty for flows that are on one side only.
        example: one such flow.
    """

    code: str
    says: str
    flows: int
    side: str
    columns: tuple[str, ...]
    example: Example


@dataclass(frozen=True)
class Comparison:
    """Two flow tables side by side.

    Attributes:
        a, b: the tables.
        both: flows that are in both.
        equal: those of them that are equal in all compared columns.
        columns: names of the columns compared.
        rtol: relative tolerance of numbers.
        matched_by: what identified flows (`five-tuple and start time`, …).
        clock_offset_us: B's clock minus A's where one constant explains it (time zones), else 0.
        differences: columns that differ, most flows first.
        causes: known causes, most flows first.
        unexplained: flows in both that differ in a column that no cause explains.
        unexplained_a, unexplained_b: flows on one side only, without a known cause.
        notes: what else a reader must know (a clock of 12 hours, columns on one side only).
    """

    a: TableFacts
    b: TableFacts
    both: int
    equal: int
    columns: tuple[str, ...]
    rtol: float
    matched_by: str
    clock_offset_us: int
    differences: tuple[ColumnDifference, ...]
    causes: tuple[CauseCount, ...]
    unexplained: int
    unexplained_a: int
    unexplained_b: int
    notes: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the tables differ in any flow or compared column."""
        return self.equal < self.both or bool(self.a.unmatched or self.b.unmatched)

    def to_json(self) -> dict[str, Any]:
        """The result as plain dicts and lists, keys in snake_case."""
        return {**asdict(self), "differs": self.differs}
