"""All segments of a connection, for the fork's count of retransmissions under --strict.

One hash table for all connections (cicflowmeter.md 5, last columns); the default meter
remembers less (`recent`). What a connection sends gets ordinals, and an entry counts while
its ordinal is among the connection's own: a freed connection number is used again with
higher ordinals, so old entries die without being looked for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from netad_pcap.metering.keys import secret

__all__ = [
    "CONNECTIONS_MOST",
    "count_alive",
    "drop_dead_segments",
    "seen_before",
    "segment_home",
]

#: `shape` holds, from the top: connection (27 bits), source (1), payload (20), window (16).
CONNECTIONS_MOST = 1 << 27

_kernel = njit(cache=True, error_model="numpy")


@_kernel
def _numbers(packet: Any) -> Any:
    return (np.uint64(packet.sequence) << np.uint64(32)) | np.uint64(packet.acknowledgment)


@_kernel
def _shape(packet: Any, from_a: bool) -> Any:
    return (
        (np.uint64(1 if from_a else 0) << np.uint64(36))
        | (np.uint64(packet.payload & 0xFFFFF) << np.uint64(16))
        | np.uint64(packet.window & 0xFFFF)
    )


@_kernel
def _home(numbers: Any, shape: Any, tag: int, seed: Any, mask: int) -> int:
    """Slot of a segment, multilinear as `keys`; `shape` without the connection, which its key's
    `tag` stands for."""
    half, low = np.uint64(32), np.uint64(0xFFFFFFFF)
    h = secret(seed, 12) + np.uint64(tag) * secret(seed, 13)
    h += (numbers & low) * secret(seed, 14) + (numbers >> half) * secret(seed, 15)
    h += (shape & low) * secret(seed, 16) + (shape >> half) * secret(seed, 17)
    return np.int64(h >> half) & mask


@_kernel
def segment_home(packet: Any, from_a: bool, tag: int, seed: Any, segments: Any) -> int:
    """Where `seen_before` will look first for the packet."""
    return _home(_numbers(packet), _shape(packet, from_a), tag, seed, len(segments) - 1)


@_kernel
def seen_before(
    segments: Any,
    counters: Any,
    starts: Any,
    counts: Any,
    connection: int,
    tag: int,
    packet: Any,
    from_a: bool,
    seed: Any,
) -> bool:
    """Whether the connection sent this segment before; remembers it.

    Args:
        segments: SEGMENT [2^k].
        counters: the table's COUNTERS record.
        starts, counts: int64 [flows], first and last ordinal of each connection, from 1.
        connection: its number, below `CONNECTIONS_MOST`.
        tag: hash of its key.
        from_a: which of the two addresses sent it.
        seed: uint64, for the hash.
    """
    ordinal = counts[connection] + 1
    counts[connection] = ordinal
    numbers = _numbers(packet)
    shape = _shape(packet, from_a)
    mask = len(segments) - 1
    position = _home(numbers, shape, tag, seed, mask)
    shape |= np.uint64(connection) << np.uint64(37)
    while True:
        entry = segments[position]
        if entry.ordinal == 0:
            entry.numbers = numbers
            entry.shape = shape
            entry.ordinal = ordinal
            counters.segments += 1
            return False
        if entry.numbers == numbers and entry.shape == shape:
            seen = entry.ordinal >= starts[connection]
            entry.ordinal = ordinal
            return bool(seen)
        position = (position + 1) & mask


@_kernel
def _alive(entry: Any, starts: Any) -> bool:
    return entry.ordinal != 0 and entry.ordinal >= starts[entry.shape >> np.uint64(37)]


@_kernel
def count_alive(segments: Any, starts: Any) -> int:
    """How many entries still count."""
    n = 0
    for i in range(len(segments)):
        if _alive(segments[i], starts):
            n += 1
    return n


@_kernel
def drop_dead_segments(old: Any, new: Any, starts: Any, tags: Any, seed: Any) -> int:
    """Moves what still counts from `old` to the empty table `new`; returns how many.

    Args:
        tags: int64 [flows], hash of each connection's key.
        seed: uint64, for the hash.
    """
    mask = len(new) - 1
    own = (np.uint64(1) << np.uint64(37)) - np.uint64(1)
    n = 0
    for i in range(len(old)):
        entry = old[i]
        if not _alive(entry, starts):
            continue
        c = np.int64(entry.shape >> np.uint64(37))
        position = _home(entry.numbers, entry.shape & own, tags[c], seed, mask)
        while new[position].ordinal != 0:
            position = (position + 1) & mask
        target = new[position]
        target.numbers = entry.numbers
        target.shape = entry.shape
        target.ordinal = entry.ordinal
        n += 1
    return n
