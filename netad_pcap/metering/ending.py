"""Ends of flows: why, when their rows leave, and the timer wheel that finds the idle ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from netad_pcap.metering.extensions import EXTENSIONS
from netad_pcap.metering.kdd.life import (
    LET_ALONE_US,
    detached,
    may_stay_until,
    why_it_ended,
)
from netad_pcap.metering.keys import flow_tag, remove_slot, slot_of
from netad_pcap.metering.recent import forget
from netad_pcap.metering.rules import FLOW_TIMEOUT_US, LIFE_KDD

__all__ = [
    "BY_FIN",
    "BY_ICMP",
    "BY_IDLE",
    "BY_REOPENING",
    "BY_RST",
    "BY_TIMEOUT",
    "SECONDS",
    "advance",
    "begins_behind_eviction",
    "detach",
    "evict",
    "finish",
    "free_connection",
    "link",
    "note_change",
    "over_at",
    "sweep",
]

#: Seconds on the timer wheel: more than any flow is let alone.
SECONDS = 256

#: `end_reason` codes, positions in `states.END_REASONS`.
BY_FIN, BY_RST, BY_TIMEOUT, BY_REOPENING, BY_ICMP, BY_IDLE, BY_EVICTION = 1, 2, 3, 4, 5, 6, 7
_TCP, _UDP = 6, 17
_SECOND = 1_000_000
_EVICTED = EXTENSIONS["evicted"].bit
#: Longer ago than this an evicted flow would have been over anyway.
_REMEMBERED_S = FLOW_TIMEOUT_US // _SECOND + 1

_kernel = njit(cache=True, error_model="numpy")


@_kernel
def link(flows: Any, wheel: Any, index: int, second: int) -> None:
    """Puts a flow at the end of the list of those that are looked at in a second."""
    bucket = second % SECONDS
    flow = flows[index]
    last = wheel[bucket].last
    flow.previous = last if last >= 0 else -1 - bucket  # negative: the bucket itself
    flow.following = -1 - bucket
    if last >= 0:
        flows[last].following = index
    else:
        wheel[bucket].first = index
    wheel[bucket].last = index


@_kernel
def _unlink(flows: Any, wheel: Any, index: int) -> None:
    flow = flows[index]
    if flow.previous < 0:
        wheel[-1 - flow.previous].first = flow.following if flow.following >= 0 else -1
    else:
        flows[flow.previous].following = flow.following
    if flow.following < 0:
        wheel[-1 - flow.following].last = flow.previous if flow.previous >= 0 else -1
    else:
        flows[flow.following].previous = flow.previous


@_kernel
def over_at(flow: Any, rules: Any) -> int:
    """First whole second at which an idle flow is over (design 6)."""
    alone = LET_ALONE_US if rules.life == LIFE_KDD else FLOW_TIMEOUT_US
    return (flow.seen_at_us + alone) // _SECOND + 1


@_kernel
def detach(flows: Any, wheel: Any, counters: Any, index: int, reason: int, rules: Any) -> None:
    """KDD: another connection takes the key; the row waits for its turn by last packet."""
    flow = flows[index]
    flow.end_reason = reason
    flow.state = detached()
    if over_at(flow, rules) <= counters.second:
        _unlink(flows, wheel, index)
        link(flows, wheel, index, counters.second + 1)


@_kernel
def note_change(flow: Any, changed: Any, index: int, counters: Any) -> None:
    """A packet came: at the next whole second the open flow is told as it stands then."""
    if flow.changed < 0:
        flow.changed = counters.changed
        changed[counters.changed] = index
        counters.changed += 1


@_kernel
def finish(
    flows: Any,
    wheel: Any,
    changed: Any,
    done: Any,
    free: Any,
    counters: Any,
    index: int,
    reason: int,
    rules: Any,
    strict: bool,
) -> None:
    """Ends a flow: its row waits in `done`, or is dropped where the tool drops it."""
    flow = flows[index]
    if not strict:
        _unlink(flows, wheel, index)
        if flow.changed >= 0:
            counters.changed -= 1
            moved = changed[counters.changed]
            changed[flow.changed] = moved
            flows[moved].changed = flow.changed
            flow.changed = -1
    elif not rules.one_packet_rows and flow.packets < 2:
        free[counters.free_flows] = index
        counters.free_flows += 1
        return
    flow.end_reason = reason
    _hand_out(flow, done, counters, index, rules)


@_kernel
def _hand_out(flow: Any, done: Any, counters: Any, index: int, rules: Any) -> None:
    if flow.protocol == _TCP or (flow.protocol == _UDP and rules.connection_time_udp):
        flow.connection_us += flow.end_us - flow.start_us
    flow.leaves = counters.second + 1
    done[counters.done] = index
    counters.done += 1


@_kernel
def free_connection(
    flow: Any, starts: Any, counts: Any, free_connections: Any, counters: Any
) -> None:
    """Under --strict: the segments of the connection are dead from here on."""
    c = flow.connection
    if c >= 0:
        starts[c] = counts[c] + 1
        free_connections[counters.free_connections] = c
        counters.free_connections += 1
        flow.connection = -1


@_kernel
def _end_open(arrays: Any, counters: Any, index: int, reason: int, rules: Any, seed: Any) -> None:
    """Ends an open flow that no packet asks for: it leaves its slot too (not under --strict)."""
    # Plain integers, here and below: numba compiles a callee once more for each other type.
    flows, slots = arrays.flows, arrays.slots
    if rules.life != LIFE_KDD:
        remove_slot(slots, slot_of(slots, flows, index, seed))
    elif flows[index].state == detached():
        reason = np.int64(flows[index].end_reason)
    else:
        remove_slot(slots, slot_of(slots, flows, index, seed))
        if reason == BY_IDLE:
            reason = np.int64(why_it_ended(flows[index]))
    counters.live -= 1
    wheel, changed, done, free = arrays.wheel, arrays.changed, arrays.done, arrays.free
    finish(flows, wheel, changed, done, free, counters, index, reason, rules, False)
    if rules.segments and flows[index].protocol == _TCP:
        forget(arrays.recents[index], arrays.free_chunks, counters)


@_kernel
def sweep(arrays: Any, counters: Any, until: int, rules: Any, seed: Any) -> None:
    """Lets idle flows leave at each whole second up to `until` (not under --strict), and
    at the first of them copies of the open flows that changed, which go on.

    Args:
        arrays: a `records.OpenFlows`.
        counters: the table's COUNTERS record.
    """
    flows, ways, bulks, wheel = arrays.flows, arrays.ways, arrays.bulks, arrays.wheel
    first = counters.second + 1
    # Behind a whole turn without a packet nothing is left to look at.
    for second in range(first, min(until, first + SECONDS) + 1):
        counters.second = second - 1
        index = np.int64(wheel[second % SECONDS].first)
        while index >= 0:
            flow = flows[index]
            following = np.int64(flow.following)
            due = over_at(flow, rules)
            if due > second:
                _unlink(flows, wheel, index)
                link(flows, wheel, index, due)
            elif rules.life == LIFE_KDD and may_stay_until(flow) > until:
                _unlink(flows, wheel, index)
                link(flows, wheel, index, _next_look(may_stay_until(flow), second, until))
            else:
                _end_open(arrays, counters, index, np.int64(BY_IDLE), rules, seed)
                if rules.life == LIFE_KDD:
                    flow.leaves = max(flow.leaves, may_stay_until(flow))
            index = following
        if second == first:
            for k in range(counters.changed):
                index = np.int64(arrays.changed[k])
                flows[index].changed = -1
                counters.free_flows -= 1
                copy = np.int64(arrays.free[counters.free_flows])
                flows[copy] = flows[index]
                for way in range(2):
                    ways[2 * copy + way] = ways[2 * index + way]
                    bulks[2 * copy + way] = bulks[2 * index + way]
                arrays.periods[copy] = arrays.periods[index]
                flows[copy].open = True
                _hand_out(flows[copy], arrays.done, counters, copy, rules)
            counters.changed = 0
    counters.second = until


@_kernel
def _next_look(last: int, second: int, until: int) -> int:
    """When to look again at a flow that may stay until `last`: by then at the latest, and not in
    the list that is walked now."""
    look = min(last, until + SECONDS - 2)
    return look - 1 if (look - second) % SECONDS == 0 else look


@_kernel
def evict(arrays: Any, counters: Any, evictions: Any, rules: Any, seed: Any) -> None:
    """Ends the flow whose last packet lies back longest, to the second; marked `evicted`."""
    flows, wheel = arrays.flows, arrays.wheel
    for ahead in range(1, SECONDS):
        second = counters.second + ahead
        index = np.int64(wheel[second % SECONDS].first)
        while index >= 0:
            flow = flows[index]
            following = np.int64(flow.following)
            due = over_at(flow, rules)
            if due <= second:
                flow.ext |= _EVICTED
                counters.evicted += 1
                evictions[flow_tag(flow, np.uint64(0)) & (len(evictions) - 1)] = counters.second
                _end_open(arrays, counters, index, np.int64(BY_EVICTION), rules, seed)
                return
            _unlink(flows, wheel, index)
            link(flows, wheel, index, due)
            index = following


@_kernel
def begins_behind_eviction(flow: Any, evictions: Any, counters: Any) -> bool:
    """Whether a flow that begins may be the rest of an evicted one.

    Of the keys only a hash is kept, without the seed: the same capture gives the same marks.
    """
    place = flow_tag(flow, np.uint64(0)) & (len(evictions) - 1)
    return bool(counters.second - evictions[place] <= _REMEMBERED_S)


@_kernel
def advance(time_us: int, rules: Any, arrays: Any, counter_rows: Any, seed: Any) -> bool:
    """A clock goes on, rows leave, the largest stamp stays a packet's; False: make room first."""
    counters = counter_rows[0]
    second = time_us // _SECOND
    if counters.started == 0 or second <= counters.second:
        return True
    if counters.free_flows < counters.changed:
        return False
    sweep(arrays, counters, second, rules, seed)
    return True
