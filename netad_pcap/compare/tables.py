"""Two flow tables of any dialect or meter, side by side."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from netad_pcap.capture.tables import open_flow_table
from netad_pcap.capture.wording import count_of
from netad_pcap.compare.differences import compare_pairs
from netad_pcap.compare.matching import Matching, match_flows
from netad_pcap.compare.result import Comparison, TableFacts
from netad_pcap.compare.side import Side, load_side
from netad_pcap.compare.unmatched import explain_unmatched

__all__ = ["RTOL", "compare_tables"]

#: Relative tolerance: the last bits that printing and reading may cost.
RTOL = 1e-9


def compare_tables(
    a: str | os.PathLike[str],
    b: str | os.PathLike[str],
    *,
    rtol: float = RTOL,
    timezone_a: str = "UTC",
    timezone_b: str = "UTC",
) -> Comparison:
    """Compares two flow tables: which flows are in both, which columns differ, and why.

    Args:
        a, b: CSV or Parquet, any dialect.
        rtol: relative tolerance of numbers.
        timezone_a, timezone_b: zones of local time stamps; a constant offset is found anyway.

    Raises:
        UsageError: not a flow table, a bad cell, or nothing to match flows by.
    """
    tables = [
        open_flow_table(path, timezone=zone, allow_missing=True)
        for path, zone in ((a, timezone_a), (b, timezone_b))
    ]
    with tempfile.TemporaryDirectory(prefix="netad-compare-") as folder:
        side_a, side_b = (load_side(t, Path(folder) / n) for t, n in zip(tables, "ab", strict=True))
        matching = match_flows(side_a, side_b)
        compared = compare_pairs(side_a, side_b, matching, rtol)
        alone, rest = explain_unmatched(side_a, side_b, matching)
        return Comparison(
            _facts(a, side_a, len(matching.only_a)),
            _facts(b, side_b, len(matching.only_b)),
            len(matching.rows_a),
            compared.equal,
            compared.columns,
            rtol,
            matching.by,
            matching.clock_offset_us,
            compared.differences,
            (*compared.causes, *alone),
            compared.unexplained,
            *rest,
            _notes(side_a, side_b, matching),
        )


def _facts(path: str | os.PathLike[str], side: Side, unmatched: int) -> TableFacts:
    dialect = side.table.header.dialect
    name = dialect.name if dialect else None
    return TableFacts(os.fspath(path), side.rows, name, side.table.profile, unmatched)


def _notes(a: Side, b: Side, matching: Matching) -> tuple[str, ...]:
    """What the counts do not say."""
    notes = []
    for letter, side, other in (("A", a, b), ("B", b, a)):
        if side.table.clock_ambiguous:
            notes.append(
                f"{letter} has a clock of 12 hours without am or pm: times are compared "
                "modulo 12 hours"
            )
        own = sorted(set(side.features) - set(other.features)) if other.rows else []
        if own:
            notes.append(f"only {letter} has {count_of(len(own), 'column')}: {', '.join(own)}")
    if matching.clock_offset_us:
        hours = matching.clock_offset_us / 3_600_000_000
        notes.append(f"B's clock is {hours:+g} h from A's (time zone): taken out")
    elif "time" in matching.by and (a.table.clock_resolution_us != b.table.clock_resolution_us):
        notes.append("one table has whole seconds: times are compared as seconds")
    return tuple(notes)
