"""The last 256 segments of a connection, for the fork's count of retransmissions.

What the default meter remembers (design 6); `--strict` forgets nothing and keeps a hash
table (`segments`). A connection's segments lie in order in chunks of a common pool, so
remembering one costs a write beside the one before. Nearly all segments are told to be
new by their numbers alone: greater than all that their side has sent.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from netad_pcap.metering.records import CHUNK, CHUNKS

__all__ = ["REMEMBERED", "begin", "forget", "sent_lately"]

#: How many segments of a connection are remembered.
REMEMBERED = CHUNK * CHUNKS
_FROM_A = 1 << 36  # bit of `shape`

_kernel = njit(cache=True, error_model="numpy")


@_kernel
def sent_lately(
    recent: Any, pool: Any, free_chunks: Any, counters: Any, packet: Any, from_a: bool
) -> bool:
    """Whether a segment equals one of the connection's last 256; remembers it.

    Args:
        recent: the connection's RECENT record.
        pool: SENT [chunks * CHUNK].
        free_chunks: int32, stack of free chunks; at least one is free.
        counters: the table's COUNTERS record.
        packet: a PACKET record.
        from_a: which of the two addresses sent it.
    """
    numbers = (np.uint64(packet.sequence) << np.uint64(32)) | np.uint64(packet.acknowledgment)
    shape = (np.uint64(packet.payload & 0xFFFFF) << np.uint64(16)) | np.uint64(
        packet.window & 0xFFFF
    )
    sequence, acknowledgment = np.int64(packet.sequence), np.int64(packet.acknowledgment)
    ordered = True  # nothing that the side sent before was greater than what followed it
    if from_a:
        shape |= np.uint64(_FROM_A)
        surely_new = sequence > recent.a_sequence or acknowledgment > recent.a_acknowledgment
        if sequence < recent.a_sequence or acknowledgment < recent.a_acknowledgment:
            recent.a_disorder = True
        ordered = not recent.a_disorder
        recent.a_sequence = max(recent.a_sequence, sequence)
        recent.a_acknowledgment = max(recent.a_acknowledgment, acknowledgment)
    else:
        surely_new = sequence > recent.b_sequence or acknowledgment > recent.b_acknowledgment
        if sequence < recent.b_sequence or acknowledgment < recent.b_acknowledgment:
            recent.b_disorder = True
        ordered = not recent.b_disorder
        recent.b_sequence = max(recent.b_sequence, sequence)
        recent.b_acknowledgment = max(recent.b_acknowledgment, acknowledgment)
    count = recent.count
    seen = False
    if not surely_new:
        for k in range(count - 1, max(count - 1 - REMEMBERED, -1), -1):
            place = k % REMEMBERED
            sent = pool[recent.chunks[place // CHUNK] * CHUNK + place % CHUNK]
            if sent.numbers == numbers:
                if sent.shape == shape:
                    seen = True
                    break
            elif ordered and (sent.shape ^ shape) & np.uint64(_FROM_A) == np.uint64(0):
                break  # in order, what is equal lies at the end
    place = count % REMEMBERED
    if count < REMEMBERED and place % CHUNK == 0:
        counters.free_chunks -= 1
        recent.chunks[place // CHUNK] = free_chunks[counters.free_chunks]
    sent = pool[recent.chunks[place // CHUNK] * CHUNK + place % CHUNK]
    sent.numbers = numbers
    sent.shape = shape
    recent.count = count + 1
    return seen


@_kernel
def begin(recent: Any) -> None:
    """An empty memory."""
    recent.count = 0
    recent.a_sequence = -1
    recent.a_acknowledgment = -1
    recent.b_sequence = -1
    recent.b_acknowledgment = -1
    recent.a_disorder = False
    recent.b_disorder = False


@_kernel
def forget(recent: Any, free_chunks: Any, counters: Any) -> None:
    """Gives the chunks of a connection back."""
    for k in range(min((recent.count + CHUNK - 1) // CHUNK, CHUNKS)):
        free_chunks[counters.free_chunks] = recent.chunks[k]
        counters.free_chunks += 1
    recent.count = 0
