"""Segments seen on a connection, for the fork's count of retransmissions.

One hash table for all connections (cicflowmeter.md 5, last columns). What a connection
sent gets ordinals; an entry counts while its ordinal is among the connection's own, and
in the default mode among its last 256. A freed connection number is used again with
higher ordinals, so old entries die without being looked for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

__all__ = ["REMEMBERED", "drop_dead_segments", "seen_before"]

#: How many segments of a connection the default mode remembers; `--strict` forgets none.
REMEMBERED = 256

_kernel = njit(cache=True, error_model="numpy")


@_kernel
def _home(numbers: Any, shape: Any, connection: int, mask: int) -> int:
    h = numbers * np.uint64(0x9E3779B97F4A7C15)
    h ^= shape * np.uint64(0xC2B2AE3D27D4EB4F) + np.uint64(connection) * np.uint64(
        0xD6E8FEB86659FD93
    )
    h ^= h >> np.uint64(29)
    h *= np.uint64(0xBF58476D1CE4E5B9)
    return np.int64(h >> np.uint64(33)) & mask


@_kernel
def seen_before(
    segments: Any,
    counters: Any,
    starts: Any,
    counts: Any,
    connection: int,
    packet: Any,
    from_a: bool,
    strict: bool,
) -> bool:
    """Whether the connection sent this segment before; remembers it.

    Args:
        segments: SEGMENT [2^k], `connection` −1 = empty.
        counters: the table's COUNTERS record.
        starts, counts: int64 [flows], first and next ordinal of each connection.
    """
    ordinal = counts[connection]
    counts[connection] = ordinal + 1
    oldest = starts[connection]
    if not strict:
        oldest = max(oldest, ordinal - REMEMBERED)
    numbers = (np.uint64(packet.sequence) << np.uint64(32)) | np.uint64(packet.acknowledgment)
    shape = (
        (np.uint64(1 if from_a else 0) << np.uint64(40))
        | (np.uint64(packet.payload & 0xFFFFF) << np.uint64(16))
        | np.uint64(packet.window & 0xFFFF)
    )
    mask = len(segments) - 1
    position = _home(numbers, shape, connection, mask)
    while True:
        entry = segments[position]
        if entry.connection < 0:
            entry.connection = connection
            entry.numbers = numbers
            entry.shape = shape
            entry.ordinal = ordinal
            counters.segments += 1
            return False
        if entry.connection == connection and entry.numbers == numbers and entry.shape == shape:
            seen = entry.ordinal >= oldest
            entry.ordinal = ordinal
            return bool(seen)
        position = (position + 1) & mask


@_kernel
def _alive(entry: Any, starts: Any, counts: Any, strict: bool) -> bool:
    c = entry.connection
    if c < 0 or entry.ordinal < starts[c]:
        return False
    return strict or entry.ordinal >= counts[c] - REMEMBERED


@_kernel
def count_alive(segments: Any, starts: Any, counts: Any, strict: bool) -> int:
    """How many entries still count."""
    n = 0
    for i in range(len(segments)):
        if _alive(segments[i], starts, counts, strict):
            n += 1
    return n


@_kernel
def drop_dead_segments(old: Any, new: Any, starts: Any, counts: Any, strict: bool) -> int:
    """Moves what still counts from `old` to the empty table `new`; returns how many."""
    mask = len(new) - 1
    n = 0
    for i in range(len(old)):
        entry = old[i]
        if not _alive(entry, starts, counts, strict):
            continue
        position = _home(entry.numbers, entry.shape, entry.connection, mask)
        while new[position].connection >= 0:
            position = (position + 1) & mask
        new[position] = entry
        n += 1
    return n
