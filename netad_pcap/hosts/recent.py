"""The flows that speak for something, as rows: those seen lately, and counts per finding.

Only flows with a p-value of at most `evidence.EVIDENCE_P` come here. The last
`layout.MAX_RECENT` of them are remembered, so that a finding can name those that came
before it was found.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch
from netad_pcap.hosts.finding import HOST, PAIR, TARGET
from netad_pcap.metering.states import STATES

__all__ = ["EVIDENCE_ROW", "Tally", "address_words", "evidence_rows", "matching"]

_UNANSWERED, _REFUSED = STATES.index("S0"), STATES.index("REJ")

#: One flow that speaks for something; `row` counts from 0 over the whole input.
EVIDENCE_ROW = np.dtype(
    [
        ("row", "i8"),
        ("src_high", "u8"),
        ("src_low", "u8"),
        ("dst_high", "u8"),
        ("dst_low", "u8"),
        ("start_us", "i8"),
        ("end_us", "i8"),
        ("packets", "i8"),
        ("forward_bytes", "i8"),
        ("backward_bytes", "i8"),
        ("dst_port", "i4"),
        ("protocol", "i4"),
        ("family", "i4"),
        ("finding", "i4"),
        ("unanswered", "?"),
        ("refused", "?"),
    ]
)
#: Distinct sources and destinations of one finding that are counted, the first to join each.
MAX_PEERS = 65_536
#: Durations are summed in ms, at most this, so that sums of squares stay whole numbers.
_LONGEST_MS = 1 << 20


def address_words(addresses: NDArray[Any]) -> NDArray[np.uint64]:
    """Addresses uint8 [n, 16] as two big-endian words, uint64 [n, 2]."""
    words = np.ascontiguousarray(addresses, dtype="u1").view(">u8").reshape(-1, 2)
    return words.astype("u8")


def _whole(flows: FlowBatch, name: str) -> NDArray[np.int64]:
    """A feature as int64 [n]: what is absent or not finite is 0."""
    if name not in flows.features:
        return np.zeros(len(flows), dtype="i8")
    column = flows.features[name]
    if column.dtype.kind == "f":
        column = np.clip(
            np.nan_to_num(column, nan=0.0, posinf=0.0, neginf=0.0), -(2.0**62), 2.0**62
        )
    return column.astype("i8")


def evidence_rows(
    flows: FlowBatch,
    rows: NDArray[np.intp],
    first_row: int,
    source: NDArray[np.uint64],
    destination: NDArray[np.uint64],
    row_family: NDArray[np.int32],
    finding: NDArray[np.int32],
) -> NDArray[Any]:
    """The named rows of a batch as `EVIDENCE_ROW` [len(rows)].

    Args:
        flows: the batch.
        rows: positions in it, ascending.
        first_row: number of its first row in the whole input.
        source: address words of all its rows; `destination` alike.
        row_family: attack family of each row, or −1.
        finding: index of the finding known at each row, or −1.
    """
    cut = flows.take(rows)
    result = np.zeros(len(rows), dtype=EVIDENCE_ROW)
    result["row"] = first_row + rows
    result["src_high"], result["src_low"] = source[rows].T
    result["dst_high"], result["dst_low"] = destination[rows].T
    for name in ("start_us", "end_us", "dst_port", "protocol"):
        result[name] = cut.identity[name]
    backward = _whole(cut, "Tot Bwd Pkts")
    result["packets"] = _whole(cut, "Tot Fwd Pkts") + backward
    forward_bytes, backward_bytes = cut.payload()
    result["forward_bytes"] = np.clip(forward_bytes, 0, 2.0**62)
    result["backward_bytes"] = np.clip(backward_bytes, 0, 2.0**62)
    if "Tot Bwd Pkts" in cut.features:
        result["unanswered"] = backward == 0
    elif "state" in cut.connection:
        result["unanswered"] = cut.connection["state"] == _UNANSWERED
    if "bwd_rst" in cut.connection:
        empty = (result["forward_bytes"] == 0) & (result["backward_bytes"] == 0)
        result["refused"] = empty & (cut.connection["bwd_rst"] > 0)
    elif "state" in cut.connection:  # of a table
        result["refused"] = cut.connection["state"] == _REFUSED
    result["family"] = row_family[rows]
    result["finding"] = finding[rows]
    return result


def matching(rows: NDArray[Any], event: Any) -> NDArray[np.bool_]:
    """Which evidence rows are earlier flows of the finding that an event tells of.

    They lie between the event's `since_row` and its `row`, have the event's ends, are in no
    finding, and their family is the finding's, or one of both has none.
    """
    wanted: NDArray[np.bool_] = (rows["finding"] < 0) & (rows["row"] >= event["since_row"])
    wanted &= rows["row"] < event["row"]
    if event["kind"] in (HOST, PAIR):
        wanted &= rows["src_low"] == event["src_low"]
        wanted &= rows["src_high"] == event["src_high"]
    if event["kind"] in (PAIR, TARGET):
        wanted &= rows["dst_low"] == event["dst_low"]
        wanted &= rows["dst_high"] == event["dst_high"]
    if event["family"] >= 0:
        wanted &= (rows["family"] < 0) | (rows["family"] == event["family"])
    return wanted


class Tally:
    """Counts over the flows of one finding, in the order in which they join it.

    Whole numbers: only which peers are counted, of more than `MAX_PEERS`, depends on the order.
    """

    def __init__(self) -> None:
        self.flows = 0
        self.start_us = 0
        self.end_us = 0
        self.packets = 0
        self.forward_bytes = 0
        self.backward_bytes = 0
        self.unanswered = 0
        self.refused = 0
        self.sources: Counter[tuple[int, int]] = Counter()
        self.destinations: Counter[tuple[int, int]] = Counter()
        self.ports: Counter[int] = Counter()
        self.protocols: Counter[int] = Counter()
        self._duration_ms = 0
        self._duration_ms2 = 0
        self.full = False

    def add(self, rows: NDArray[Any]) -> None:
        """Count more flows, `EVIDENCE_ROW` [k]."""
        if not len(rows):
            return
        start, end = int(rows["start_us"].min()), int(rows["end_us"].max())
        self.start_us = min(self.start_us, start) if self.flows else start
        self.end_us = max(self.end_us, end) if self.flows else end
        self.flows += len(rows)
        for name in ("packets", "forward_bytes", "backward_bytes", "unanswered", "refused"):
            setattr(self, name, getattr(self, name) + int(rows[name].sum(dtype="i8")))
        self._count(self.sources, rows, "src_high", "src_low")
        self._count(self.destinations, rows, "dst_high", "dst_low")
        for counter, name in ((self.ports, "dst_port"), (self.protocols, "protocol")):
            values, counts = np.unique(rows[name], return_counts=True)
            for value, count in zip(values.tolist(), counts.tolist(), strict=True):
                counter[value] += count
        milliseconds = np.clip((rows["end_us"] - rows["start_us"]) // 1000, 0, _LONGEST_MS)
        self._duration_ms += int(milliseconds.sum())
        self._duration_ms2 += int((milliseconds * milliseconds).sum())

    def _count(
        self, seen: Counter[tuple[int, int]], rows: NDArray[Any], high: str, low: str
    ) -> None:
        distinct, first, flows = np.unique(rows[[high, low]], return_index=True, return_counts=True)
        for place in np.argsort(first).tolist():
            address = (int(distinct[high][place]), int(distinct[low][place]))
            if address in seen or len(seen) < MAX_PEERS:
                seen[address] += int(flows[place])
            else:
                self.full = True

    @property
    def mean_duration_us(self) -> float:
        """Mean duration, µs, of flows measured in whole ms."""
        return 1000.0 * self._duration_ms / self.flows if self.flows else 0.0

    @property
    def duration_spread(self) -> float:
        """Standard deviation of the durations over their mean; 0 where the mean is 0."""
        if not self._duration_ms:
            return 0.0
        mean = self._duration_ms / self.flows
        variance = max(0.0, self._duration_ms2 / self.flows - mean * mean)
        return math.sqrt(variance) / mean
