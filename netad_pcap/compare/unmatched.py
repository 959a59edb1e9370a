"""Why flows are in one table only, where it is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.compare.matching import Matching
from netad_pcap.compare.result import CauseCount, Example
from netad_pcap.compare.side import Side
from netad_pcap.metering.rules import RULES

__all__ = ["explain_unmatched"]

Mask = NDArray[np.bool_]
#: ARP to the broadcast address, read as if it began with an IPv4 header (cicflowmeter.md 2.4).
_ARP_ENDS = (bytes([8, 6, 0, 1]), bytes([8, 0, 6, 4]))
_MAPPED = b"\0" * 10 + b"\xff\xff"


@dataclass(frozen=True, eq=False)
class _Left:
    """Rows of one table without a counterpart, and what lies beside them in the other.

    Attributes:
        mine, other: the tables.
        rows: the rows, int64 [n].
        spanned: a flow of the same key in the other table covers the row's start, bool [n].
        known: the other table has a flow of the same key, bool [n].
    """

    mine: Side
    other: Side
    rows: NDArray[np.int64]
    spanned: Mask
    known: Mask


def explain_unmatched(
    a: Side, b: Side, matching: Matching
) -> tuple[list[CauseCount], tuple[int, int]]:
    """Causes of flows on one side only; how many of A's and of B's have none."""
    causes: list[CauseCount] = []
    rest = []
    for side, left in (
        ("a", _left(a, b, matching, matching.only_a, mine_is_a=True)),
        ("b", _left(b, a, matching, matching.only_b, mine_is_a=False)),
    ):
        open_ = np.ones(len(left.rows), dtype=bool)
        for code, holds, says in _CAUSES:
            mask = holds(left)
            if mask is None or not (found := mask & open_).any():
                continue
            open_ &= ~found
            words = says.format(
                mine=left.mine.table.profile or f"{left.mine.table.file.path.name}'s",
                other=left.other.table.profile or f"{left.other.table.file.path.name}'s",
            )
            example = left.mine.flow_name(int(left.rows[np.argmax(found)]))
            causes.append(
                CauseCount(code, words, int(found.sum()), side, (), Example(example, "", ""))
            )
        rest.append(int(open_.sum()))
    return sorted(causes, key=lambda c: -c.flows), (rest[0], rest[1])


def _left(
    mine: Side, other: Side, matching: Matching, rows: NDArray[np.int64], *, mine_is_a: bool
) -> _Left:
    keys = (matching.key_a, matching.key_b) if mine_is_a else (matching.key_b, matching.key_a)
    times = (matching.time_a, matching.time_b) if mine_is_a else (matching.time_b, matching.time_a)
    known = np.isin(keys[0][rows], keys[1])
    spanned = np.zeros(len(rows), dtype=bool)
    start, other_start = times
    if start is not None and other_start is not None and other.has("Flow Duration"):
        order = np.lexsort((other_start, keys[1]))
        # Position of the last flow of the same key that starts no later.
        joint = np.searchsorted(
            _joined(keys[1][order], other_start[order]),
            _joined(keys[0][rows], start[rows]),
            side="right",
        ) - 1  # fmt: skip
        at = order[np.clip(joint, 0, max(len(order) - 1, 0))] if len(order) else rows[:0]
        if len(order):
            end = other_start[at] + np.maximum(other.column("Flow Duration", at), 0) + 1_000_000
            spanned = (joint >= 0) & (keys[1][at] == keys[0][rows]) & (start[rows] <= end)
    return _Left(mine, other, rows, spanned, known)


def _joined(key: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[Any]:
    """Key and time as one sortable column."""
    pair = np.empty(len(key), dtype=[("key", "i8"), ("time", "i8")])
    pair["key"], pair["time"] = key, time
    return pair


def _extension(left: _Left) -> Mask | None:
    if not left.mine.has_text("ext"):
        return None
    return np.asarray(left.mine.text("ext", left.rows) != "", dtype=bool)


def _packets(side: Side, rows: NDArray[np.int64] | None = None) -> NDArray[np.int64] | None:
    if not (side.has("Tot Fwd Pkts") and side.has("Tot Bwd Pkts")):
        return None
    return np.asarray(side.column("Tot Fwd Pkts", rows) + side.column("Tot Bwd Pkts", rows))


def _one_packet(left: _Left) -> Mask | None:
    """One packet, and the other table has none such and is of no rule book that writes any."""
    mine, other = _packets(left.mine, left.rows), _packets(left.other)
    profile = left.other.table.profile
    if profile is not None and RULES[profile].one_packet_rows:
        return None
    if mine is None or other is None or (other == 1).any():
        return None
    return np.asarray(mine == 1)


def _ipv6(left: _Left) -> Mask | None:
    if "src_ip" not in left.mine.identity or "src_ip" not in left.other.identity:
        return None
    if _is_ipv6(left.other.identity["src_ip"]).any():
        return None
    return _is_ipv6(left.mine.identity["src_ip"][left.rows])


def _is_ipv6(addresses: NDArray[np.uint8]) -> Mask:
    prefix = np.frombuffer(_MAPPED, dtype=np.uint8)
    return np.asarray((addresses[:, :12] != prefix).any(axis=1))


def _protocol(left: _Left) -> Mask | None:
    """A protocol that the other table does not have at all."""
    if "protocol" not in left.mine.identity or "protocol" not in left.other.identity:
        return None
    lacking = np.setdiff1d(left.mine.identity["protocol"], left.other.identity["protocol"])
    return np.asarray(np.isin(left.mine.identity["protocol"][left.rows], lacking))


def _arp(left: _Left) -> Mask | None:
    if not {"src_ip", "dst_ip"} <= left.mine.identity.keys():
        return None
    mask = np.zeros(len(left.rows), dtype=bool)
    ends = [left.mine.identity[name][left.rows, 12:] for name in ("src_ip", "dst_ip")]
    for first, second in (_ARP_ENDS, _ARP_ENDS[::-1]):
        pair = [np.frombuffer(raw, dtype=np.uint8) for raw in (first, second)]
        mask |= (ends[0] == pair[0]).all(axis=1) & (ends[1] == pair[1]).all(axis=1)
    return mask


def _rest_of_flow(left: _Left) -> Mask:
    return left.spanned


def _other_time(left: _Left) -> Mask:
    return left.known


_CAUSES: tuple[tuple[str, Callable[[_Left], Mask | None], str], ...] = (
    ("arp_as_ip", _arp, "ARP read as if it were IPv4 (the tool's second look)"),
    ("extension", _extension, "metered by an extension (Ext column), which the Java tool has not"),
    ("one_packet", _one_packet, "flow of one packet, which the other file ({other}) never writes"),
    ("ipv6", _ipv6, "IPv6, which the other file does not meter"),
    ("protocol", _protocol, "protocol that the other file ({other}) does not tell apart"),
    ("rest_of_flow", _rest_of_flow,
     "rest of a flow that the {mine} rule had ended; the other file ({other}) goes on"),
    ("other_time", _other_time, "the same ends, at another time, in the other file"),
)  # fmt: skip
