"""Ends of flows: why, when their rows leave, and the timer wheel that finds the idle ones."""

from __future__ import annotations

from typing import Any

from numba import njit

from netad_pcap.metering.keys import remove_slot, slot_of
from netad_pcap.metering.recent import forget
from netad_pcap.metering.rules import FLOW_TIMEOUT_US

__all__ = [
    "BY_FIN",
    "BY_ICMP",
    "BY_IDLE",
    "BY_REOPENING",
    "BY_RST",
    "BY_TIMEOUT",
    "WHEEL",
    "finish",
    "free_connection",
    "link",
    "over_at",
    "sweep",
]

#: Seconds on the timer wheel; a flow's next look is at most 121 s ahead.
WHEEL = 128

#: `end_reason` codes, positions in `states.END_REASONS`.
BY_FIN, BY_RST, BY_TIMEOUT, BY_REOPENING, BY_ICMP, BY_IDLE = 1, 2, 3, 4, 5, 6
_TCP, _UDP = 6, 17
_SECOND = 1_000_000

_kernel = njit(cache=True, error_model="numpy")


@_kernel
def link(flows: Any, wheel: Any, index: int, second: int) -> None:
    """Puts a flow into the list of those that are looked at in a second."""
    bucket = second % WHEEL
    head = wheel[bucket]
    flow = flows[index]
    flow.previous = -1 - bucket  # a negative neighbour is the bucket itself
    flow.following = head
    if head >= 0:
        flows[head].previous = index
    wheel[bucket] = index


@_kernel
def _unlink(flows: Any, wheel: Any, index: int) -> None:
    flow = flows[index]
    if flow.previous < 0:
        wheel[-1 - flow.previous] = flow.following
    else:
        flows[flow.previous].following = flow.following
    if flow.following >= 0:
        flows[flow.following].previous = flow.previous


@_kernel
def over_at(flow: Any) -> int:
    """First whole second at which an idle flow is over (design 6)."""
    return (flow.seen_at_us + FLOW_TIMEOUT_US) // _SECOND + 1


@_kernel
def finish(
    flows: Any,
    wheel: Any,
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
    elif not rules.one_packet_rows and flow.fwd_packets + flow.bwd_packets < 2:
        free[counters.free_flows] = index
        counters.free_flows += 1
        return
    flow.end_reason = reason
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
def sweep(
    flows: Any,
    wheel: Any,
    slots: Any,
    done: Any,
    free: Any,
    recents: Any,
    free_chunks: Any,
    counters: Any,
    until: int,
    rules: Any,
    seed: Any,
) -> None:
    """Lets idle flows leave at each whole second up to `until` (not under --strict)."""
    first = counters.second + 1
    # Behind a whole turn without a packet nothing is left to look at.
    for second in range(first, min(until, first + WHEEL) + 1):
        counters.second = second - 1
        index = wheel[second % WHEEL]
        while index >= 0:
            flow = flows[index]
            following = flow.following
            due = over_at(flow)
            if due > second:
                _unlink(flows, wheel, index)
                link(flows, wheel, index, due)
            else:
                remove_slot(slots, slot_of(slots, flows, index, seed))
                counters.live -= 1
                finish(flows, wheel, done, free, counters, index, BY_IDLE, rules, False)
                if rules.segments and flow.protocol == _TCP:
                    forget(recents[index], free_chunks, counters)
            index = following
    counters.second = until
