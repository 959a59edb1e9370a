"""FlowTable: the arrays behind the kernel, grown when full, and the rows that leave.

One table per capture (or per capture group that is read as one). `feed` takes packets,
`take_rows` gives the flows that are over, `finish` the rest; cutting the input anywhere
gives the same flows in the same order.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch
from netad_pcap.metering.emission import flow_batch
from netad_pcap.metering.ending import SECONDS, advance
from netad_pcap.metering.java_order import java_hash_order
from netad_pcap.metering.kernel import feed
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
)
from netad_pcap.metering.rules import RULES
from netad_pcap.metering.segments import CONNECTIONS_MOST, count_alive, drop_dead_segments

__all__ = ["BATCH_ROWS", "FlowTable"]

#: Rows of a full batch.
BATCH_ROWS = 32_768
_FIRST_CAPACITY = 4_096
_FIRST_SEGMENTS = 1 << 15
#: Packets per entry of the kernel: their hashes and the packets themselves stay in the cache.
_SLICE = 4_096
#: cic-2018 keeps ended flows in a hash map whose order is by n ^ (n >> 16): blocks of 2^16.
_JAVA_BLOCK = 1 << 16
#: Hashes of evicted keys that are told apart.
_EVICTIONS = 1 << 16


class FlowTable:
    """Open flows of one profile.

    Args:
        profile: a name of `rules.PROFILES`.
        strict: meter exactly what the Java tool would, in its row order.
        captures: names of the files, which `capture` in `feed` indexes.
        open_flows: at whole seconds of capture time also give rows of the open flows that
            changed, `open` true, behind those that left (not under `strict`).
        max_flows: most flows open at once: the one silent longest ends, marked `evicted`
            (not under `strict`); None: no limit.
        origins: its rows have the identity column `origin` (not under `strict`).
    """

    def __init__(
        self,
        profile: str,
        *,
        strict: bool = False,
        captures: tuple[str, ...] = (),
        open_flows: bool = False,
        max_flows: int | None = None,
        origins: bool = False,
    ) -> None:
        if strict and (open_flows or origins or max_flows is not None):
            raise ValueError("under strict no flow ends but by the tool's rules")
        self.profile = profile
        self.strict = strict
        self.captures = captures
        self._tells_open = open_flows
        self._max_flows = np.iinfo(np.int64).max if max_flows is None else max_flows
        self._has_origins = origins
        self._rules = RULES[profile]
        self._seed = np.uint64(secrets.randbits(64))
        self._blank_flow = np.zeros(1, FLOW)
        self._blank_flow["connection"] = -1
        self._blank_flow["tag"] = -1
        self._blank_flow["changed"] = -1
        self._blank_ways = np.zeros(2, WAY)
        self._blank_ways["window"][1] = self._rules.no_window
        self._counters = np.zeros(1, COUNTERS)
        self._wheel = np.full(SECONDS, -1, "i4").repeat(2).view(WHEEL)
        self._changed = np.empty(0, "i4")
        long_ago = np.iinfo(np.int64).min // 2
        self._evictions = np.full(0 if max_flows is None else _EVICTIONS, long_ago)
        self._segments = np.zeros(_FIRST_SEGMENTS, SEGMENT)
        self._flows = np.empty(0, FLOW)
        self._ways = np.empty(0, WAY)
        self._bulks = np.empty(0, BULK)
        self._periods = np.empty(0, PERIODS)
        self._free = np.empty(0, "i4")
        self._done = np.empty(0, "i4")
        self._origins = np.empty(0, "i8")
        self._starts = np.empty(0, "i8")
        self._counts = np.empty(0, "i8")
        self._connection_tags = np.empty(0, "i8")
        self._tags = np.empty(_SLICE, "i8")
        self._free_connections = np.empty(0, "i4")
        self._recents = np.empty(0, RECENT)
        self._pool = np.empty(0, SENT)
        self._free_chunks = np.empty(0, "i4")
        self._slots = np.empty(0, SLOT)
        self._java_number = 1  # of the next ended row that cic-2018 --strict writes
        self._grow(_FIRST_CAPACITY)
        self._grow_pool()

    @property
    def open_flows(self) -> int:
        """How many flows are open."""
        return int(self._counters["live"][0])

    @property
    def second(self) -> int:
        """Whole second of capture time up to which rows have left."""
        return int(self._counters["second"][0])

    @property
    def capacity(self) -> int:
        """How many flow records are allocated."""
        return len(self._flows)

    @property
    def evicted(self) -> int:
        """How many flows `max_flows` has ended."""
        return int(self._counters["evicted"][0])

    @property
    def discarded(self) -> int:
        """How many packets the rule book dropped (cic-v4: further forward FINs)."""
        return int(self._counters["discarded"][0])

    def feed(
        self,
        packets: NDArray[Any],
        capture: int = 0,
        origins: NDArray[np.int64] | None = None,
    ) -> None:
        """Meters packets in the order of their file.

        Args:
            packets: PACKET [n].
            capture: number of the file.
            origins: [n], what each packet gives to a flow that it begins; filled with the
                origin of the flow that the packet belongs to. Not under `strict`, which
                uses records again before their packets are told.
        """
        position = 0
        while position < len(packets):
            end = min(position + _SLICE, len(packets))
            reached = feed(
                packets,
                position,
                end,
                capture,
                self._rules,
                self.strict,
                self._max_flows,
                self._flows,
                self._ways,
                self._bulks,
                self._periods,
                self._blank_flow,
                self._blank_ways,
                self._slots,
                self._free,
                self._done,
                self._wheel,
                self._changed,
                self._evictions,
                self._segments,
                self._starts,
                self._counts,
                self._connection_tags,
                self._free_connections,
                self._recents,
                self._pool,
                self._free_chunks,
                self._counters,
                self._tags,
                self._seed,
            )
            if origins is not None:
                part = slice(position, reached)
                self._follow(packets["frame"][part], capture, origins[part])
            if reached < end:
                self._make_room()
            position = reached

    def advance(self, time_us: int) -> None:
        """Capture time reaches `time_us` without a packet: idle flows leave (not under strict)."""
        while not advance(
            time_us,
            self._rules,
            self._flows,
            self._ways,
            self._bulks,
            self._periods,
            self._wheel,
            self._changed,
            self._slots,
            self._done,
            self._free,
            self._recents,
            self._free_chunks,
            self._counters,
            self._seed,
        ):
            self._make_room()

    def take_rows(self, *, at_least: int = BATCH_ROWS) -> list[FlowBatch]:
        """Batches of the rows that have left, none while they are fewer than `at_least`."""
        n = int(self._counters["done"][0])
        if n < at_least:
            return []
        done = self._done[:n]
        if self.strict:
            count = n
            if self._rules.canonical_key:
                block_end = -(-self._java_number // _JAVA_BLOCK) * _JAVA_BLOCK
                count = min(n, block_end - self._java_number)
                if count < block_end - self._java_number and at_least > 1:
                    return []
        else:
            leaves = self._flows["leaves"][done]
            count = int(np.searchsorted(leaves, self._counters["second"][0], side="right"))
            if count < at_least:
                return []
        rows = done[:count].copy()
        batches = self._emit(self._in_order(rows))
        self._forget(rows)
        return batches

    def no_rows(self) -> FlowBatch:
        """A batch without a row."""
        return self._batch(np.empty(0, "i4"))

    def finish(self) -> list[FlowBatch]:
        """The rows that are left: first those that the rule book ended, then open ones."""
        batches = []
        if self.strict:
            while (n := int(self._counters["done"][0])) > 0:
                batches += self.take_rows(at_least=min(n, 1))
        else:
            rows = self._done[: int(self._counters["done"][0])].copy()
            batches += self._emit(self._in_order(rows))
            self._forget(rows)
        used = self._slots["flow"][self._slots["flow"] >= 0]
        self._end_open(used)
        if self.strict:
            if not self._rules.one_packet_rows:
                used = used[self._flows["packets"][used] >= 2]
            inserted = self._flows["inserted"][used]
            used = used[np.argsort(inserted, kind="stable")]
            used = used[java_hash_order(self._flows[used], int(self._counters["most_live"][0]))]
        else:
            used = self._in_order(used)
        batches += self._emit(used)
        self._counters["live"] = 0
        self._slots["flow"] = -1
        return batches

    def _follow(self, frames: NDArray[np.int64], capture: int, origins: NDArray[np.int64]) -> None:
        """Flows take the origins of their first packets, packets those of their flows."""
        record = self._tags[: len(frames)]
        flows = self._flows
        begins = flows["first_frame"][record] == frames
        begins &= flows["first_capture"][record] == capture
        self._origins[record[begins]] = origins[begins]
        origins[:] = self._origins[record]

    def _end_open(self, rows: NDArray[Any]) -> None:
        """Connection time of flows that the end of the capture ends (cicflowmeter.md 4)."""
        flows = self._flows
        flows["leaves"][rows] = 0
        protocol = flows["protocol"][rows]
        timed = rows[(protocol == 6) | ((protocol == 17) & self._rules.connection_time_udp)]
        flows["connection_us"][timed] += flows["end_us"][timed] - flows["start_us"][timed]

    def _in_order(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Rows as they leave: by second, last packet, file, first frame (design 6); behind
        those of a second the flows that are open then."""
        if self.strict:
            if not self._rules.canonical_key:
                return rows
            numbers = np.arange(self._java_number, self._java_number + len(rows))
            self._java_number += len(rows)
            return rows[np.argsort(numbers ^ (numbers >> 16), kind="stable")]
        flows = self._flows
        order = np.lexsort(
            (
                flows["first_frame"][rows],
                flows["first_capture"][rows],
                flows["end_us"][rows],
                flows["open"][rows],
                flows["leaves"][rows],
            )
        )
        return rows[order]

    def _emit(self, rows: NDArray[Any]) -> list[FlowBatch]:
        parts = np.split(rows, range(BATCH_ROWS, len(rows), BATCH_ROWS))
        return [self._batch(part) for part in parts if len(part)]

    def _batch(self, rows: NDArray[Any]) -> FlowBatch:
        batch = flow_batch(
            self._flows[rows],
            (self._ways[2 * rows], self._ways[2 * rows + 1]),
            (self._bulks[2 * rows], self._bulks[2 * rows + 1]),
            self._periods[rows],
            self.profile,
            strict=self.strict,
            captures=self.captures,
        )
        if not self._has_origins:
            return batch
        # Open flows lie in records of their own.
        origin = np.where(self._flows["open"][rows], -1, self._origins[rows])
        return replace(batch, identity={**batch.identity, "origin": origin})

    def _forget(self, rows: NDArray[Any]) -> None:
        """Frees the records of rows that were handed out (the first ones of `done`)."""
        counters = self._counters
        n = int(counters["done"][0])
        rest = self._done[len(rows) : n].copy()
        self._done[: len(rest)] = rest
        counters["done"] = len(rest)
        top = int(counters["free_flows"][0])
        self._free[top : top + len(rows)] = rows
        counters["free_flows"] = top + len(rows)

    def _make_room(self) -> None:
        if self._counters["free_flows"][0] <= self._counters["changed"][0]:
            self._grow(2 * len(self._flows))
        if self._counters["free_chunks"][0] == 0:
            self._grow_pool()
        if self._counters["segments"][0] >= len(self._segments) // 2:
            alive = count_alive(self._segments, self._starts)
            size = len(self._segments)
            if alive > size // 4:
                size *= 4
            fresh = np.zeros(size, SEGMENT)
            self._counters["segments"] = drop_dead_segments(
                self._segments, fresh, self._starts, self._connection_tags
            )
            self._segments = fresh

    def _grow_pool(self) -> None:
        old = len(self._pool) // CHUNK
        new = max(2 * old, _FIRST_CAPACITY)
        pool = np.empty(new * CHUNK, SENT)
        pool[: len(self._pool)] = self._pool
        self._pool = pool
        free = np.empty(new, "i4")
        free[: new - old] = np.arange(new - 1, old - 1, -1)
        self._free_chunks = free
        self._counters["free_chunks"] = new - old

    def _grow(self, capacity: int) -> None:
        counters = self._counters
        old = len(self._flows)
        live = self._slots["flow"][self._slots["flow"] >= 0]
        for name, kind, each in (
            ("_flows", FLOW, 1),
            ("_ways", WAY, 2),
            ("_bulks", BULK, 2),
            ("_periods", PERIODS, 1),
            ("_recents", RECENT, 1),
        ):
            grown = np.empty(each * capacity, kind)
            grown[: each * old] = getattr(self, name)
            setattr(self, name, grown)
        if capacity > CONNECTIONS_MOST:
            raise MemoryError(f"more than {CONNECTIONS_MOST} flows are open at once")
        for name in ("_starts", "_counts", "_connection_tags", "_origins"):
            grown = np.zeros(capacity, "i8")
            grown[:old] = getattr(self, name)
            setattr(self, name, grown)
        new = np.arange(capacity - 1, old - 1, -1, dtype="i4")
        for name, counter in (
            ("_free", "free_flows"),
            ("_free_connections", "free_connections"),
        ):
            top = int(counters[counter][0])
            stack = np.empty(capacity, "i4")
            stack[:top] = getattr(self, name)[:top]
            stack[top : top + len(new)] = new
            counters[counter] = top + len(new)
            setattr(self, name, stack)
        for name in ("_done", "_changed") if self._tells_open else ("_done",):
            listed = np.empty(capacity, "i4")
            listed[:old] = getattr(self, name)
            setattr(self, name, listed)
        slots = np.empty(1 << (2 * capacity - 1).bit_length(), SLOT)
        slots["flow"] = -1
        place_flows(slots, self._flows, live, self._seed)
        self._slots = slots
