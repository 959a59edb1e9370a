"""A comparison as text for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from netad_pcap.capture.wording import count_of
from netad_pcap.compare.result import CauseCount, ColumnDifference, Comparison
from netad_pcap.report import terminal_text

__all__ = ["comparison_text"]

_MOST_COLUMNS = 12


def comparison_text(comparison: Comparison) -> str:
    """What people read: the counts, then columns, then causes; ends in a newline."""
    return "".join(f"{terminal_text(line)}\n" for line in _lines(comparison))


def _lines(c: Comparison) -> Iterator[str]:
    share = f" ({_percent(c.equal, c.both)})" if c.both else ""
    yield (f"{_flows(c.both)} in both · equal in all {len(c.columns)} columns: {c.equal:,}{share}")
    for letter, table in (("A", c.a), ("B", c.b)):
        if table.unmatched:
            yield f"{_flows(table.unmatched)} only in {letter} of {table.flows:,}: {table.path}"
    if c.a.profile != c.b.profile:
        yield f"A holds {_numbers(c.a.profile)}, B {_numbers(c.b.profile)}"
    yield from c.notes
    if c.differences:
        yield ""
        yield f"Columns that differ (relative tolerance {c.rtol:g}):"
        yield from (_column(d) for d in c.differences[:_MOST_COLUMNS])
        if len(c.differences) > _MOST_COLUMNS:
            yield f"  and {len(c.differences) - _MOST_COLUMNS} more"
    if c.causes:
        yield ""
        yield "Why:"
        yield from (_cause(cause) for cause in c.causes)
    left = [
        f"{_flows(n)} {where}"
        for n, where in (
            (c.unexplained, "in both"),
            (c.unexplained_a, "only in A"),
            (c.unexplained_b, "only in B"),
        )
        if n
    ]
    if left:
        yield f"No known cause: {', '.join(left)}"


def _column(d: ColumnDifference) -> str:
    size = "" if d.largest_absolute is None else f", by up to {d.largest_absolute:.6g}"
    if d.largest_relative:
        size += f" ({_share(d.largest_relative)})"
    return f"  {d.name:<26} {_flows(d.flows)}{size}; {d.example.flow}: {d.example.a}, {d.example.b}"


def _cause(cause: CauseCount) -> str:
    where = {"both": "", "a": " only in A", "b": " only in B"}[cause.side]
    columns = ""
    if cause.columns:
        few = len(cause.columns) <= 4
        columns = f" ({', '.join(cause.columns) if few else f'{len(cause.columns)} columns'})"
    return f"  {_flows(cause.flows)}{where}: {cause.says}{columns}; e.g. {cause.example.flow}"


def _flows(count: int) -> str:
    return count_of(count, "flow")


def _numbers(profile: str | None) -> str:
    return f"{profile} numbers" if profile else "numbers of an unknown meter"


def _share(relative: float) -> str:
    return f"{100 * relative:.3g}%"


def _percent(part: int, whole: int) -> str:
    """A share that is 100% only when nothing is missing."""
    if part == whole:
        return "100%"
    return f"{min(100 * part / whole, 99.99):.2f}%".replace(".00%", "%")
