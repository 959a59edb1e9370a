"""The arrays that the kernel works on, and the room in them.

The kernel returns early when one of them is full; `make_room` makes that one larger. Records
never move: an index stays what it is.
"""

from __future__ import annotations

import secrets
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.metering.ending import SECONDS
from netad_pcap.metering.keys import place_flows
from netad_pcap.metering.records import (
    BULK,
    CHUNK,
    COUNTERS,
    FLOW,
    PERIODS,
    RECENT,
    SEGMENT,
    SENT,
    SLOT,
    WAY,
    WHEEL,
    OpenFlows,
)
from netad_pcap.metering.segments import CONNECTIONS_MOST, count_alive, drop_dead_segments

__all__ = ["SLICE", "FlowArrays"]

#: Packets per entry of the kernel: their hashes and the packets themselves stay in the cache.
SLICE = 8_192
#: Records that are never used take no memory; to grow means to copy.
_FIRST_CAPACITY = 32_768
_FIRST_SEGMENTS = 1 << 15
#: Hashes of evicted keys that are told apart.
_EVICTIONS = 1 << 16


class FlowArrays:
    """Arrays of one flow table; what each is stands at `kernel.feed_for`.

    Args:
        no_window: initial window of a direction without a packet, backward.
        tells_open: flows that change are listed.
        notes_evictions: the table has a cap.
    """

    def __init__(self, *, no_window: int, tells_open: bool, notes_evictions: bool) -> None:
        self._tells_open = tells_open
        self.seed = np.uint64(secrets.randbits(64))
        self.blank_flow = np.zeros(1, FLOW)
        self.blank_flow["connection"] = -1
        self.blank_flow["tag"] = -1
        self.blank_flow["changed"] = -1
        self.blank_ways = np.zeros(2, WAY)
        self.blank_ways["window"][1] = no_window
        self.counters = np.zeros(1, COUNTERS)
        self.wheel = np.full(SECONDS, -1, "i4").repeat(2).view(WHEEL)
        self.changed = np.empty(0, "i4")
        long_ago = np.iinfo(np.int64).min // 2
        self.evictions = np.full(_EVICTIONS if notes_evictions else 0, long_ago)
        self.segments = np.zeros(_FIRST_SEGMENTS, SEGMENT)
        self.flows = np.empty(0, FLOW)
        self.ways = np.empty(0, WAY)
        self.bulks = np.empty(0, BULK)
        self.periods = np.empty(0, PERIODS)
        self.free = np.empty(0, "i4")
        self.done = np.empty(0, "i4")
        self.origins = np.empty(0, "i8")
        self.starts = np.empty(0, "i8")
        self.counts = np.empty(0, "i8")
        self.connection_tags = np.empty(0, "i8")
        self.tags = np.empty(SLICE, "i8")
        self.free_connections = np.empty(0, "i4")
        self.recents = np.empty(0, RECENT)
        self.pool = np.empty(0, SENT)
        self.free_chunks = np.empty(0, "i4")
        self.slots = np.empty(0, SLOT)
        self._grow(_FIRST_CAPACITY)
        self._grow_pool()

    def open_flows(self) -> OpenFlows:
        """Those by which open flows end."""
        return OpenFlows(*(getattr(self, name) for name in OpenFlows._fields))

    def held(self) -> NDArray[Any]:
        """Flows that have not ended, int32: all records but the free ones and those that did."""
        counters = self.counters[0]
        held = np.ones(len(self.flows), bool)
        held[self.free[: counters["free_flows"]]] = False
        held[self.done[: counters["done"]]] = False
        return np.flatnonzero(held).astype(np.int32)

    def make_room(self) -> None:
        """More of what the kernel found full."""
        if self.counters["free_flows"][0] <= self.counters["changed"][0]:
            self._grow(2 * len(self.flows))
        if self.counters["free_chunks"][0] == 0:
            self._grow_pool()
        if self.counters["segments"][0] >= len(self.segments) // 2:
            alive = count_alive(self.segments, self.starts)
            size = len(self.segments)
            if alive > size // 4:
                size *= 4
            fresh = np.zeros(size, SEGMENT)
            self.counters["segments"] = drop_dead_segments(
                self.segments, fresh, self.starts, self.connection_tags, self.seed
            )
            self.segments = fresh

    def _grow_pool(self) -> None:
        old = len(self.pool) // CHUNK
        new = max(2 * old, _FIRST_CAPACITY)
        self.pool = _grown(self.pool, new * CHUNK)
        free = np.empty(new, "i4")
        free[: new - old] = np.arange(new - 1, old - 1, -1)
        self.free_chunks = free
        self.counters["free_chunks"] = new - old

    def _grow(self, capacity: int) -> None:
        counters = self.counters
        old = len(self.flows)
        live = self.slots["flow"][self.slots["flow"] >= 0]
        for name in ("flows", "periods", "recents"):
            setattr(self, name, _grown(getattr(self, name), capacity))
        for name in ("ways", "bulks"):
            setattr(self, name, _grown(getattr(self, name), 2 * capacity))
        if capacity > CONNECTIONS_MOST:
            raise MemoryError(f"more than {CONNECTIONS_MOST} flows are open at once")
        for name in ("starts", "counts", "connection_tags", "origins"):
            grown = np.zeros(capacity, "i8")
            grown[:old] = getattr(self, name)
            setattr(self, name, grown)
        new = np.arange(capacity - 1, old - 1, -1, dtype="i4")
        for name, counter in (
            ("free", "free_flows"),
            ("free_connections", "free_connections"),
        ):
            top = int(counters[counter][0])
            stack = np.empty(capacity, "i4")
            stack[:top] = getattr(self, name)[:top]
            stack[top : top + len(new)] = new
            counters[counter] = top + len(new)
            setattr(self, name, stack)
        for name in ("done", "changed") if self._tells_open else ("done",):
            listed = np.empty(capacity, "i4")
            listed[:old] = getattr(self, name)
            setattr(self, name, listed)
        slots = np.empty(1 << (2 * capacity - 1).bit_length(), SLOT)
        slots["flow"] = -1
        place_flows(slots, self.flows, live, self.seed)
        self.slots = slots


def _grown(records: NDArray[Any], size: int) -> NDArray[Any]:
    """A longer array with the same beginning, copied as bytes: numpy goes field by field."""
    grown = np.empty(size, records.dtype)
    grown.view("u1")[: records.nbytes] = records.view("u1")
    return grown
