"""Columns 23 to 41: what the connections before did, in two windows (peers.md 6.5 and 6.6).

One window holds the last 2 seconds but at most 511 connections, the other the last 255; the
current one counts in both. Counts go up when a connection comes and down when it falls out, by
host, by service and by both, so a step costs the same however full a window is.
`tests/naive/kdd_windows.py` is the same from the definitions.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from netad_pcap.metering.keys import mix
from netad_pcap.schema import KDD_SYMBOLS

__all__ = ["SPAN_US", "WITHIN_SPAN", "Window", "new_window", "rate", "step"]

#: The first window: its length, and the most connections in it.
SPAN_US, WITHIN_SPAN = 2_000_000, 511
#: Services and the one without a name (code −1), which has the last place.
_SERVICES = len(KDD_SYMBOLS["service"]) + 1

_ENTRY = np.dtype(
    [("time_us", "i8"), ("host", "i4"), ("service", "i4"), ("s_error", "i4"), ("r_error", "i4")],
    align=True,
)
#: Of a host `others` counts its services, of a service its hosts.
_COUNTS = [("count", "i4"), ("s_error", "i4"), ("r_error", "i4"), ("others", "i4")]
_HOST = np.dtype([("high", "u8"), ("low", "u8"), *_COUNTS], align=True)
_SERVICE = np.dtype(_COUNTS, align=True)
_STATE = np.dtype([("first", "i8"), ("entries", "i8"), ("now_us", "i8"), ("free", "i8")])

_flags = KDD_SYMBOLS["flag"]
_S_ERROR = np.array([flag in ("S0", "S1", "S2", "S3", "SH") for flag in _flags])
_R_ERROR = np.array([flag in ("REJ", "RSTR", "RSTO", "RSTOS0") for flag in _flags])
#: C's `%.2f` of i / 200, in hundredths: where it lies midway the binary fraction decides.
_MIDWAY = np.array([round(100 * float(f"{i / 200:.2f}")) for i in range(201)])

_kernel = njit(cache=True, error_model="numpy")


class Window(NamedTuple):
    """A window and its counts.

    Attributes:
        ring: `_ENTRY` [most].
        ends: uint64 [most], host and source port of each entry.
        hosts: `_HOST` [most].
        free: int32 [most], stack of free places in `hosts`.
        slots: int32 [2^k], hash table of places in `hosts`, −1 = empty.
        services: `_SERVICE` [services].
        pairs: int32 [most, services], connections of a host by service.
        state: `_STATE` [1].
    """

    ring: Any
    ends: Any
    hosts: Any
    free: Any
    slots: Any
    services: Any
    pairs: Any
    state: Any


def new_window(most: int) -> Window:
    """An empty window for so many connections."""
    state = np.zeros(1, _STATE)
    state["now_us"] = np.iinfo(np.int64).min // 2
    state["free"] = most
    return Window(
        np.zeros(most, _ENTRY),
        np.full(most, np.iinfo(np.uint64).max, np.uint64),
        np.zeros(most, _HOST),
        np.arange(most, dtype=np.int32),
        np.full(1 << (4 * most - 1).bit_length(), -1, np.int32),
        np.zeros(_SERVICES, _SERVICE),
        np.zeros((most, _SERVICES), np.int32),
        state,
    )


@_kernel
def rate(part: int, whole: int) -> float:
    """part / whole with two digits, rounded as C's `%.2f` rounds the binary fraction."""
    if (200 * part) % whole == 0:
        return float(_MIDWAY[200 * part // whole] / 100.0)
    return float((200 * part + whole) // (2 * whole) / 100.0)


@_kernel
def step(
    window: Any,
    span_us: int,
    time_us: int,
    high: Any,
    low: Any,
    service: int,
    flag: int,
    source_port: int,
) -> tuple[int, int, int]:
    """A connection comes, those that are too old go.

    Args:
        window: a `Window`.
        span_us: its length; 0: only the number of connections counts.
        time_us: when the connection ended; where times run back the largest so far counts.
        high, low: its destination.
        service: code, −1 = none of KDD's.
        flag: code.
        source_port: of ICMP the type.

    Returns:
        The host's place in `window.hosts`, the service's in `window.services`, and how many
        connections to the host have the same source port.
    """
    state = window.state[0]
    now = max(np.int64(state.now_us), np.int64(time_us))
    state.now_us = now
    most = len(window.ring)
    while state.entries > 0 and (
        state.entries == most or (span_us > 0 and window.ring[state.first].time_us <= now - span_us)
    ):
        _drop_first(window, state)
    host = _host_of(window, state, high, low)
    place = service if service >= 0 else _SERVICES - 1
    s_error, r_error = np.int64(_S_ERROR[flag]), np.int64(_R_ERROR[flag])
    at = (state.first + state.entries) % most
    state.entries += 1
    entry = window.ring[at]
    entry.time_us, entry.host, entry.service = now, host, place
    entry.s_error, entry.r_error = s_error, r_error
    _book(window, host, place, s_error, r_error, np.int64(1))
    end = np.uint64(host) << np.uint64(16) | np.uint64(source_port)
    window.ends[at] = end
    same = 0
    for k in range(most):  # compared several at a time, which no table would beat
        same += window.ends[k] == end
    return host, place, same


@_kernel
def _book(window: Any, host: int, service: int, s_error: int, r_error: int, sign: int) -> None:
    """Adds a connection to the counts (sign 1), or takes it out (−1)."""
    of_host, of_service = window.hosts[host], window.services[service]
    of_host.count += sign
    of_host.s_error += sign * s_error
    of_host.r_error += sign * r_error
    of_service.count += sign
    of_service.s_error += sign * s_error
    of_service.r_error += sign * r_error
    before = window.pairs[host, service]
    window.pairs[host, service] = before + sign
    if before == 0 or before + sign == 0:
        of_host.others += sign
        of_service.others += sign


@_kernel
def _drop_first(window: Any, state: Any) -> None:
    first = np.int64(state.first)
    entry = window.ring[first]
    host = np.int64(entry.host)
    _book(
        window,
        host,
        np.int64(entry.service),
        np.int64(entry.s_error),
        np.int64(entry.r_error),
        np.int64(-1),
    )
    window.ends[first] = np.uint64(0xFFFFFFFFFFFFFFFF)
    state.first = (first + 1) % len(window.ring)
    state.entries -= 1
    if window.hosts[host].count == 0:
        _forget(window, host)
        window.free[state.free] = host
        state.free += 1


@_kernel
def _home(high: Any, low: Any, mask: int) -> Any:
    return np.int64(mix(high ^ mix(low)) & np.uint64(mask))


@_kernel
def _host_of(window: Any, state: Any, high: Any, low: Any) -> Any:
    """The place of a host, a new one where it has none."""
    mask = len(window.slots) - 1
    slot = _home(high, low, mask)
    while window.slots[slot] >= 0:
        host = np.int64(window.slots[slot])
        if window.hosts[host].high == high and window.hosts[host].low == low:
            return host
        slot = (slot + 1) & mask
    state.free -= 1
    host = np.int64(window.free[state.free])
    window.hosts[host].high, window.hosts[host].low = high, low
    window.slots[slot] = host
    return host


@_kernel
def _forget(window: Any, host: int) -> None:
    """Empties a host's slot and closes the gap behind it (as `keys.remove_slot`)."""
    slots, hosts = window.slots, window.hosts
    mask = len(slots) - 1
    hole = _home(hosts[host].high, hosts[host].low, mask)
    while slots[hole] != host:
        hole = (hole + 1) & mask
    j = hole
    while True:
        j = (j + 1) & mask
        if slots[j] < 0:
            break
        home = _home(hosts[slots[j]].high, hosts[slots[j]].low, mask)
        if ((j - home) & mask) >= ((j - hole) & mask):
            slots[hole] = slots[j]
            hole = j
    slots[hole] = -1
