"""FlowTable: packets in, and the rows that leave.

One table per capture (or per capture group that is read as one). `feed` takes packets,
`take_rows` gives the flows that are over, `finish` the rest; cutting the input anywhere
gives the same flows in the same order.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch
from netad_pcap.metering.arrays import SLICE, FlowArrays
from netad_pcap.metering.emission import emit
from netad_pcap.metering.ending import advance
from netad_pcap.metering.java_order import java_hash_order
from netad_pcap.metering.kdd.connections import ConnectionRows
from netad_pcap.metering.kernel import feed_for
from netad_pcap.metering.row_columns import BATCH_ROWS, batch_of, new_columns
from netad_pcap.metering.rules import LIFE_KDD, RULES

__all__ = ["FlowTable"]

#: cic-2018 keeps ended flows in a hash map whose order is by n ^ (n >> 16): blocks of 2^16.
_JAVA_BLOCK = 1 << 16


class FlowTable:
    """Open flows of one profile.

    Args:
        profile: a name of `rules.ALL_PROFILES`.
        strict: meter exactly what the Java tool would, in its row order.
        captures: names of the files, which `capture` in `feed` indexes.
        open_flows: at whole seconds of capture time also give rows of the open flows that
            changed, `open` true, behind those that left (not under `strict`; KDD's connections
            are told when they have ended).
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
        self._max_flows = np.iinfo(np.int64).max if max_flows is None else max_flows
        self._has_origins = origins
        self._rules = RULES[profile]
        self._connections: ConnectionRows | None = None
        if self._rules.life == LIFE_KDD:
            if strict:
                raise ValueError("strict is the Java tool, which knows no connections of KDD")
            self._connections = ConnectionRows(self._rules)
        self._kernel = feed_for(self._rules, strict)
        self._in = FlowArrays(
            no_window=self._rules.no_window,
            tells_open=open_flows and self._connections is None,
            notes_evictions=max_flows is not None,
        )
        self._java_number = 1  # of the next ended row that cic-2018 --strict writes
        # Rows that have left and are no batch yet: their records are free again, so that the
        # records in use stay few and in the cache.
        self._columns: NDArray[Any] | None = None
        self._filled = 0
        self._origins = np.empty(BATCH_ROWS if origins else 0, np.int64)

    @property
    def open_flows(self) -> int:
        """How many flows are open."""
        return int(self._in.counters["live"][0])

    @property
    def second(self) -> int:
        """Whole second of capture time up to which rows have left."""
        return int(self._in.counters["second"][0])

    @property
    def capacity(self) -> int:
        """How many flow records are allocated."""
        return len(self._in.flows)

    @property
    def evicted(self) -> int:
        """How many flows `max_flows` has ended."""
        return int(self._in.counters["evicted"][0])

    @property
    def discarded(self) -> int:
        """How many packets the rule book dropped (cic-v4: further forward FINs)."""
        return int(self._in.counters["discarded"][0])

    def feed(
        self,
        packets: NDArray[Any],
        capture: int = 0,
        origins: NDArray[np.int64] | None = None,
    ) -> None:
        """Meters packets in the order of their file.

        Args:
            packets: PACKET [n]; KDD's fragments are put together in them.
            capture: number of the file.
            origins: [n], what each packet gives to a flow that it begins; filled with the
                origin of the flow that the packet belongs to. Not under `strict`, which
                uses records again before their packets are told.
        """
        if self._connections is not None:
            self._connections.put_together(packets)
        position = 0
        while position < len(packets):
            end = min(position + SLICE, len(packets))
            reached = self._kernel(
                packets,
                position,
                end,
                capture,
                self._max_flows,
                self._in.flows,
                self._in.ways,
                self._in.bulks,
                self._in.periods,
                self._in.blank_flow,
                self._in.blank_ways,
                self._in.slots,
                self._in.free,
                self._in.done,
                self._in.wheel,
                self._in.changed,
                self._in.evictions,
                self._in.segments,
                self._in.starts,
                self._in.counts,
                self._in.connection_tags,
                self._in.free_connections,
                self._in.recents,
                self._in.pool,
                self._in.free_chunks,
                self._in.counters,
                self._in.tags,
                self._in.seed,
            )
            if origins is not None:
                part = slice(position, reached)
                self._follow(packets["frame"][part], capture, origins[part])
            if reached < end:
                self._in.make_room()
            position = reached

    def advance(self, time_us: int) -> None:
        """Capture time reaches `time_us` without a packet: idle flows leave (not under strict)."""
        arrays = self._in
        while not advance(time_us, self._rules, arrays.open_flows(), arrays.counters, arrays.seed):
            arrays.make_room()

    def take_rows(self, *, at_least: int = BATCH_ROWS) -> list[FlowBatch]:
        """Batches of the rows that have left; the last ones wait while they are fewer than
        `at_least`."""
        rows = self._left(at_least)
        batches = []
        if len(rows):
            batches = self._emit(self._in_order(rows))
            self._forget(rows)
        if self._filled >= max(at_least, 1):
            batches.append(self._batch())
        return batches

    def no_rows(self) -> FlowBatch:
        """A batch without a row."""
        return self._part(0)

    def finish(self) -> list[FlowBatch]:
        """The rows that are left: first those that the rule book ended, then open ones."""
        batches = []
        if self.strict:
            while self._in.counters["done"][0] > 0:
                batches += self.take_rows(at_least=1)
        else:
            rows = self._in.done[: int(self._in.counters["done"][0])].copy()
            batches += self._emit(self._in_order(rows))
            self._forget(rows)
        used = self._in.slots["flow"][self._in.slots["flow"] >= 0]
        if self._connections is not None:  # those whose key another took are in no slot
            used = self._in.held()
        self._end_open(used)
        if self.strict:
            if not self._rules.one_packet_rows:
                used = used[self._in.flows["packets"][used] >= 2]
            inserted = self._in.flows["inserted"][used]
            used = used[np.argsort(inserted, kind="stable")]
            used = used[
                java_hash_order(self._in.flows[used], int(self._in.counters["most_live"][0]))
            ]
        else:
            used = self._in_order(used)
        batches += self._emit(used)
        if self._filled:
            batches.append(self._batch())
        self._in.counters["live"] = 0
        self._in.slots["flow"] = -1
        return batches

    def _left(self, at_least: int) -> NDArray[Any]:
        """The flows that ended and whose rows may leave: all of whole seconds; under `strict`
        all, but where the order is a block's only whole blocks, if more may come."""
        done = self._in.done[: int(self._in.counters["done"][0])]
        count = len(done)
        if not self.strict:
            leaves = self._in.flows["leaves"][done]
            if self._connections is not None and (np.diff(leaves) < 0).any():
                done[:] = done[np.argsort(leaves, kind="stable")]
                leaves = self._in.flows["leaves"][done]
            count = int(np.searchsorted(leaves, self._in.counters["second"][0], side="right"))
        elif self._rules.canonical_key:
            block_end = -(-self._java_number // _JAVA_BLOCK) * _JAVA_BLOCK
            block = block_end - self._java_number
            count = 0 if count < block and at_least > 1 else min(count, block)
        return done[:count].copy()

    def _follow(self, frames: NDArray[np.int64], capture: int, origins: NDArray[np.int64]) -> None:
        """Flows take the origins of their first packets, packets those of their flows."""
        record = self._in.tags[: len(frames)]
        flows = self._in.flows
        begins = (record >= 0) & (flows["first_frame"][record] == frames)
        begins &= flows["first_capture"][record] == capture
        self._in.origins[record[begins]] = origins[begins]
        origins[:] = np.where(record >= 0, self._in.origins[record], -1)

    def _end_open(self, rows: NDArray[Any]) -> None:
        """Connection time of flows that the end of the capture ends (cicflowmeter.md 4)."""
        flows = self._in.flows
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
        flows = self._in.flows
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
        """Rows into the columns; the batches that became full."""
        batches = []
        while True:
            part = rows[: BATCH_ROWS - self._filled]
            if self._columns is None:
                self._columns = new_columns(self.profile)
            if self._connections is not None:
                self._connections.emit(
                    self._in.flows, self._in.ways, part, self._columns, self._filled
                )
            else:
                emit(
                    self._in.flows,
                    self._in.ways,
                    self._in.bulks,
                    self._in.periods,
                    part,
                    self._rules,
                    self.strict,
                    self._columns,
                    self._filled,
                )
            if self._has_origins:
                # Open flows lie in records of their own.
                origin = np.where(self._in.flows["open"][part], -1, self._in.origins[part])
                self._origins[self._filled : self._filled + len(part)] = origin
            self._filled += len(part)
            rows = rows[len(part) :]
            if self._filled == BATCH_ROWS:
                batches.append(self._batch())
            if not len(rows):
                return batches

    def _batch(self) -> FlowBatch:
        """The rows that stand in the columns, which begin anew."""
        rows, self._filled = self._filled, 0
        batch = self._part(rows)
        if rows < BATCH_ROWS:
            return batch.take(np.arange(rows))  # a copy: few rows must not hold all the room
        self._columns = None
        self._origins = np.empty_like(self._origins)
        return batch

    def _part(self, rows: int) -> FlowBatch:
        columns = new_columns(self.profile) if self._columns is None else self._columns
        batch = batch_of(columns, rows, profile=self.profile, captures=self.captures)
        if not self._has_origins:
            return batch
        return replace(batch, identity={**batch.identity, "origin": self._origins[:rows]})

    def _forget(self, rows: NDArray[Any]) -> None:
        """Frees the records of rows that were handed out (the first ones of `done`)."""
        counters = self._in.counters
        n = int(counters["done"][0])
        rest = self._in.done[len(rows) : n].copy()
        self._in.done[: len(rest)] = rest
        counters["done"] = len(rest)
        top = int(counters["free_flows"][0])
        self._in.free[top : top + len(rows)] = rows
        counters["free_flows"] = top + len(rows)
