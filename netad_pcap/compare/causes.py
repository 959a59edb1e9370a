"""Why flows that are in both tables differ, where it is known: a table of causes.

Each cause is tested on the numbers, flow by flow, so it also holds for tables of other meters.
What the profiles measure differently by their own words (`schema`) comes last. Sections are
those of cicflowmeter.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap import schema
from netad_pcap.compare.pairs import Pairs, View

__all__ = ["CAUSES", "Cause", "measured_otherwise"]

Mask = NDArray[np.bool_]
_LIMIT_US = 120_000_000  # time-out of all profiles, section 1
_FLAGS = tuple(f"{flag} Flag Cnt" for flag in ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE"))
_ALL_FLAGS = (*_FLAGS, "CWE Flag Count")
_WAY_FLAGS = ("Fwd PSH Flags", "Bwd PSH Flags", "Fwd URG Flags", "Bwd URG Flags")
_SUBFLOWS = {
    "Subflow Fwd Pkts": "Tot Fwd Pkts", "Subflow Bwd Pkts": "Tot Bwd Pkts",
    "Subflow Fwd Byts": "TotLen Fwd Pkts", "Subflow Bwd Byts": "TotLen Bwd Pkts",
}  # fmt: skip
_RATES = ("Flow Byts/s", "Flow Pkts/s")
_SIZES = ("Tot Fwd Pkts", "Tot Bwd Pkts")
_MEANS = ("Pkt Len Mean", "Pkt Size Avg")
_BULKS = tuple(
    f"{way} {what}"
    for way in ("Fwd", "Bwd")
    for what in ("Byts/b Avg", "Pkts/b Avg", "Blk Rate Avg")
)


_TIMES = tuple(
    name
    for name, column in schema.COLUMNS.items()
    if column.unit in ("microsecond", "byte/second", "packet/second", "time")
)


@dataclass(frozen=True)
class Cause:
    """One known cause.

    Attributes:
        code: its name in results.
        columns: what it can explain; empty: every column.
        says: in words; `{a}` and `{b}` become the profiles, A the side of which `holds` speaks
            first; both orders are tried.
        holds: pairs → mask of the flows that show it, or None where it cannot be told.
    """

    code: str
    columns: tuple[str, ...]
    says: str
    holds: Callable[[Pairs], Mask | None]

    def covers(self, column: str) -> bool:
        """Whether it can explain a column."""
        return not self.columns or column in self.columns


def _extension(pairs: Pairs) -> Mask | None:
    if not pairs.a.side.has_text("ext"):
        return None
    return np.asarray(pairs.a.side.text("ext", pairs.a.rows) != "", dtype=bool)


def _shorter(pairs: Pairs) -> Mask | None:
    """A's flow has fewer packets than B's."""
    if not pairs.has(*_SIZES):
        return None
    return np.asarray(pairs.a.packets() < pairs.b.packets())


def _ended_by_rst(pairs: Pairs) -> Mask | None:
    mask = _shorter(pairs)
    if mask is None or pairs.a.profile in ("cic-2018", "cic-fixed", "cic-fixed-2022"):
        return None
    if not pairs.a.has("RST Flag Cnt"):
        return None
    return np.asarray(mask & (pairs.a("RST Flag Cnt") > 0))


def _ended_by_fin(pairs: Pairs) -> Mask | None:
    mask = _shorter(pairs)
    if mask is None or pairs.a.profile in ("cic-fixed", "cic-fixed-2022"):
        return None
    if pairs.a.profile == "cic-2018":
        # It does not count FINs; the other side does, unless it is of that profile too.
        counter: View | None = pairs.b if pairs.b.profile != "cic-2018" else None
    else:
        counter = pairs.a
    if counter is None or not counter.has("FIN Flag Cnt"):
        return None
    return np.asarray(mask & (counter("FIN Flag Cnt") > 0))


def _cut_by_time_out(pairs: Pairs) -> Mask | None:
    mask = _shorter(pairs)
    if mask is None or not pairs.has("Flow Duration"):
        return None
    return np.asarray(
        mask & (pairs.b("Flow Duration") > _LIMIT_US) & (pairs.a("Flow Duration") <= _LIMIT_US)
    )


def _reopened_by_syn(pairs: Pairs) -> Mask | None:
    mask = _shorter(pairs)
    if mask is None or pairs.a.profile not in ("cic-fixed", "cic-fixed-2022"):
        return None
    return np.asarray(mask & (pairs.a("FIN Flag Cnt") + pairs.a("RST Flag Cnt") > 0))


def _direction(pairs: Pairs) -> Mask:
    return pairs.reversed_


def _one_booked_otherwise(pairs: Pairs) -> Mask | None:
    if not pairs.has(*_SIZES):
        return None
    forward = pairs.a("Tot Fwd Pkts") - pairs.b("Tot Fwd Pkts")
    backward = pairs.a("Tot Bwd Pkts") - pairs.b("Tot Bwd Pkts")
    return np.asarray((forward == 1) & (backward == -1) & ~pairs.reversed_)


def _first_packet_twice(pairs: Pairs) -> Mask | None:
    """A has the first packet twice: the same sum over n packets and over n + 1."""
    if not pairs.has(*_MEANS, *_SIZES):
        return None
    packets = pairs.a.packets()
    mean, size = pairs.a("Pkt Len Mean"), pairs.a("Pkt Size Avg")
    other_mean, other_size = pairs.b("Pkt Len Mean"), pairs.b("Pkt Size Avg")
    twice = _near(mean * (packets + 1), size * packets)
    return twice & _near(other_mean, other_size) & (other_size <= size * (1 + 1e-9))


def _flags_permuted(pairs: Pairs) -> Mask | None:
    """A has the first packet's flags, permuted (section 6); B counts at least those."""
    if not pairs.has(*_FLAGS):
        return None
    mask = np.ones(len(pairs), dtype=bool)
    for column in _FLAGS:
        mask &= pairs.a(column) <= 1
    printed = {"FIN": "RST", "SYN": "PSH", "RST": "ECE", "PSH": "SYN", "ACK": "ACK", "URG": "FIN"}
    for column, flag in printed.items():
        mask &= pairs.a(f"{column} Flag Cnt") <= pairs.b(f"{flag} Flag Cnt")
    return np.asarray(mask & (pairs.a.profile in ("cic-2018", None)))


def _flags_of_first_packet(pairs: Pairs) -> Mask | None:
    if not pairs.has(*_WAY_FLAGS):
        return None
    mask = (pairs.a("Bwd PSH Flags") == 0) & (pairs.a("Bwd URG Flags") == 0)
    for column in _WAY_FLAGS:
        mask &= (pairs.a(column) <= 1) & (pairs.a(column) <= pairs.b(column))
    return np.asarray(mask)


def _no_window(pairs: Pairs) -> Mask | None:
    names = ("Init Fwd Win Byts", "Init Bwd Win Byts")
    if not pairs.has(*names):
        return None
    pair = [(pairs.a(name) == -1) & (pairs.b(name) == 0) for name in names]
    same = [pairs.a(name) == pairs.b(name) for name in names]
    return np.asarray((pair[0] | same[0]) & (pair[1] | same[1]))


def _bulks_zero(pairs: Pairs) -> Mask | None:
    if not pairs.has(*_BULKS):
        return None
    mask = np.ones(len(pairs), dtype=bool)
    for column in _BULKS:
        mask &= pairs.a(column) == 0
    return mask


def _one_subflow(pairs: Pairs) -> Mask | None:
    if not pairs.has(*_SUBFLOWS, *_SUBFLOWS.values()) or pairs.a.profile not in ("cic-2018", None):
        return None
    mask = np.ones(len(pairs), dtype=bool)
    for subflow, total in _SUBFLOWS.items():
        mask &= pairs.a(subflow) == pairs.a(total)
    return mask


def _no_duration(pairs: Pairs) -> Mask | None:
    if not pairs.has("Flow Duration"):
        return None
    return np.asarray((pairs.a("Flow Duration") == 0) & (pairs.b("Flow Duration") == 0))


def _ratio_cut(pairs: Pairs) -> Mask | None:
    if not pairs.has("Down/Up Ratio"):
        return None
    return _near(np.floor(pairs.b("Down/Up Ratio")), pairs.a("Down/Up Ratio"))


def _single_precision(pairs: Pairs) -> Mask | None:
    """B's means are A's after 32 bits."""
    names = [n for n in ("Flow IAT Mean", "Pkt Len Std", *_RATES) if pairs.has(n)]
    mask = np.zeros(len(pairs), dtype=bool)
    for name in names:
        x, y = pairs.a(name).astype(np.float64), pairs.b(name).astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            cut = x.astype(np.float32).astype(np.float64)
            if np.any((cut != y) & ~(np.isnan(x) & np.isnan(y))):
                return None
            mask |= cut != x
    return np.ones(len(pairs), dtype=bool) if mask.any() else None


def _milliseconds(pairs: Pairs) -> Mask | None:
    """All of A's durations are whole milliseconds, B's are not, and they agree within two."""
    if not pairs.has("Flow Duration"):
        return None
    a, b = pairs.a("Flow Duration"), pairs.b("Flow Duration")
    if (a % 1000).any() or not (b % 1000).any():
        return None
    return np.asarray(np.abs(a - b) <= 2000)


def _whole_rates(pairs: Pairs) -> Mask | None:
    if not pairs.has(*_RATES):
        return None
    with np.errstate(invalid="ignore"):
        cut = [np.trunc(pairs.b(name)) == pairs.a(name) for name in _RATES]
    return np.asarray(cut[0] & cut[1])


def _near(x: NDArray[Any], y: NDArray[Any]) -> Mask:
    return np.asarray(np.isclose(x, y, rtol=1e-9, atol=1e-9, equal_nan=True))


def _profiles(pairs: Pairs) -> Mask | None:
    if pairs.a.profile is None or pairs.b.profile in (None, pairs.a.profile):
        return None
    return np.ones(len(pairs), dtype=bool)


#: The causes, the more telling ones first: a difference is booked to the first that holds.
CAUSES: tuple[Cause, ...] = (
    Cause("extension", (), "metered by an extension (Ext column), which the Java tool has not",
          _extension),
    Cause("ended_by_rst", (), "flow ended by RST: {a} rule; the other file follows {b}",
          _ended_by_rst),
    Cause("ended_by_fin", (), "flow ended by FIN: {a} rule; the other file follows {b}",
          _ended_by_fin),
    Cause("reopened", (), "flow ended by a SYN after FIN or RST: {a} rule; the other file "
          "follows {b}", _reopened_by_syn),
    Cause("time_out", (), "flow cut after 120 s: {a} rule; the other file goes on",
          _cut_by_time_out),
    Cause("direction", (), "the two files take opposite ends for the source", _direction),
    Cause("one_packet_turned", (), "one packet booked in the other direction: {a} books the first "
          "packet after a time-out as forward", _one_booked_otherwise),
    Cause("first_packet_twice", (*_MEANS, "Pkt Len Std", "Pkt Len Var"),
          "first packet twice in the length statistics: {a} rule", _first_packet_twice),
    Cause("flags_permuted", (*_ALL_FLAGS, *_WAY_FLAGS),
          "flags of the first packet only, in permuted columns: {a} rule", _flags_permuted),
    Cause("flags_of_first_packet", _WAY_FLAGS,
          "PSH and URG by direction of the first packet only: {a} rule", _flags_of_first_packet),
    Cause("no_window", ("Init Fwd Win Byts", "Init Bwd Win Byts"),
          "no TCP window: -1 in {a}, 0 in {b}", _no_window),
    Cause("bulks_zero", _BULKS, "bulk columns are always 0: {a} rule", _bulks_zero),
    Cause("one_subflow", tuple(_SUBFLOWS), "subflow columns repeat the totals: {a} rule",
          _one_subflow),
    Cause("no_duration", _RATES, "rates of flows of duration 0 ({a}: {b} puts another value)",
          _no_duration),
    Cause("ratio_cut", ("Down/Up Ratio",), "Down/Up Ratio cut to a whole number: {a} rule",
          _ratio_cut),
    Cause("milliseconds", _TIMES, "times of one file are in whole milliseconds", _milliseconds),
    Cause("single_precision", (), "numbers of one file went through 32-bit floats",
          _single_precision),
    Cause("whole_rates", _RATES, "rates of one file were cut to whole numbers", _whole_rates),
)  # fmt: skip


def measured_otherwise(a: str | None, b: str | None) -> Cause | None:
    """The cause of last resort: columns that two profiles measure differently by definition."""
    if a is None or b is None or a == b:
        return None
    columns = tuple(
        name
        for name, column in schema.COLUMNS.items()
        if a in column.measures and b in column.measures
        and column.measures[a] != column.measures[b]
    )  # fmt: skip
    return Cause("measured_otherwise", columns, "measured otherwise by {a} and {b} "
                 "(docs/columns.md)", _profiles)  # fmt: skip
