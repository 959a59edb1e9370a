"""What must not stand on both sides of a split: sources, captures, tools, networks, times, rows.

A threshold or a detector is measured on a group that had no part in it. Which flows belong
together decides what the figure says: another network, another capture of the same network,
another tool, another day. Rows at random say next to nothing: neighbouring flows are alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from netad_pcap.flows import MAPPED_IPV4, FlowBatch, address_text
from netad_pcap.training.truth import Truth

if TYPE_CHECKING:
    from netad_pcap.training.evaluation import ScoredCapture

__all__ = ["ROWS", "SPLITS", "TIME", "Grouping", "network_of", "row_pieces"]

ROWS, TIME = "rows", "time"
SPLITS = ("source", "capture", "tool", "network", TIME, ROWS)
#: Slots of time, and pieces of rows.
SLOTS = 5
#: Bytes of an address that tell its network: of 256 mapped IPv4 addresses, or an IPv6 /64.
_NETWORK_BYTES = 15
_NETWORK_6_BYTES = 8


class Grouping:
    """Names the group of each capture.

    Args:
        split: one of `SPLITS`.
        truth: which tools were at work, and of which source captures are; None: tables.
    """

    def __init__(self, split: str, truth: Truth | None) -> None:
        self.split = split
        self._truth = truth

    def group_of(self, name: str, source: str, flows: FlowBatch | None) -> str:
        """The group of one capture; of times and rows its own name until `in_time`, `row_pieces`.

        Args:
            name: of the capture.
            source: its source.
            flows: some of its flows, for the network.
        """
        if self.split == "tool":
            tool = "" if self._truth is None else self._truth.tool_of(name)
            return f"tool {tool}" if tool else source
        if self.split == "network":
            network = None if flows is None else network_of(flows)
            return source if network is None else f"network {network}"
        return name if self.split in ("capture", TIME, ROWS) else source

    def slots(self, starts: Sequence[int | None]) -> list[str]:
        """Slots of time of captures that begin at `starts` (µs): as many captures in each."""
        order = np.argsort([0 if start is None else start for start in starts], kind="stable")
        slots = [""] * len(starts)
        for place, number in enumerate(order.tolist()):
            slots[number] = f"time {1 + place * SLOTS // max(len(starts), 1)} of {SLOTS}"
        return slots


def network_of(flows: FlowBatch) -> str | None:
    """The network that most flows have an end in: `192.168.1.0/24`, or the first 64 bits of IPv6;
    None where a table has no addresses."""
    if flows.lacks(("src_ip", "dst_ip")) or not len(flows):
        return None
    ends = np.concatenate([flows.identity["src_ip"], flows.identity["dst_ip"]])
    networks: Counter[bytes] = Counter()
    distinct, counts = np.unique(ends, axis=0, return_counts=True)
    for address, count in zip(distinct, counts.tolist(), strict=True):
        raw = address.tobytes()
        kept = _NETWORK_BYTES if raw.startswith(MAPPED_IPV4) else _NETWORK_6_BYTES
        networks[raw[:kept] + bytes(16 - kept)] += count
    most = min(networks.items(), key=lambda item: (-item[1], item[0]))[0]
    text: str = address_text(np.frombuffer(most, np.uint8)[None, :])[0]
    return f"{text}/{24 if most.startswith(MAPPED_IPV4) else 64}"


def row_pieces(capture: ScoredCapture, seed: int) -> list[ScoredCapture]:
    """A capture's rows at random, in two pieces, each a group: what a split by rows compares."""
    piece = np.random.default_rng(seed).integers(2, size=len(capture.score))
    pieces = []
    for number in (0, 1):
        rows = piece == number
        pieces.append(
            replace(
                capture,
                group=f"rows {number}",
                families=capture.families[rows],
                score=capture.score[rows],
                flagged=None if capture.flagged is None else capture.flagged[rows],
                finding=None if capture.finding is None else capture.finding[rows],
                label=None if capture.label is None else capture.label[rows],
            )
        )
    return [piece for piece in pieces if len(piece.score)]
