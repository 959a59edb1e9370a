"""Keys of flows: which of two ends is the lower, the hash, the slots of the hash table."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

__all__ = [
    "flow_tag",
    "lower_in_signed_bytes",
    "place_flows",
    "remove_slot",
    "runs_from_a",
    "slot_of",
    "tag_packets",
]

_kernel = njit(cache=True, error_model="numpy")


@_kernel
def _tag(
    a_high: Any, a_low: Any, b_high: Any, b_low: Any, ports: Any, protocol: Any, seed: Any
) -> int:
    """32 bits of hash of a key, all arguments uint64; `seed` keeps hostile captures from
    choosing collisions and shows in no result."""
    h = (a_low + seed) * np.uint64(0x9E3779B97F4A7C15)
    h ^= h >> np.uint64(31)
    h = (h + b_low) * np.uint64(0xC2B2AE3D27D4EB4F)
    h ^= h >> np.uint64(29)
    h = (h ^ (ports << np.uint64(16)) ^ protocol) * np.uint64(0xD6E8FEB86659FD93)
    if a_high | b_high:
        h ^= (a_high * np.uint64(0x2545F4914F6CDD1D)) ^ (b_high * np.uint64(0x9E6C63D0876A9A35))
        h ^= h >> np.uint64(30)
        h *= np.uint64(0xBF58476D1CE4E5B9)
    return np.int64(h >> np.uint64(32))


@_kernel
def flow_tag(flow: Any, seed: Any) -> int:
    """Hash of a flow's key."""
    return _tag(
        flow.a_high,
        flow.a_low,
        flow.b_high,
        flow.b_low,
        (np.uint64(flow.a_port) << np.uint64(16)) | np.uint64(flow.b_port),
        (np.uint64(flow.ip_version) << np.uint64(8)) | np.uint64(flow.protocol),
        seed,
    )


@_kernel
def remove_slot(slots: Any, position: int) -> None:
    """Empties a slot and closes the gap behind it (linear probing without tombstones)."""
    mask = len(slots) - 1
    hole = position
    j = position
    while True:
        j = (j + 1) & mask
        if slots[j].flow < 0:
            break
        home = np.int64(slots[j].tag) & mask
        if ((j - home) & mask) >= ((j - hole) & mask):
            slots[hole].tag = slots[j].tag
            slots[hole].flow = slots[j].flow
            hole = j
    slots[hole].flow = -1


@_kernel
def slot_of(slots: Any, flows: Any, index: int, seed: Any) -> int:
    """The slot that holds a flow."""
    mask = len(slots) - 1
    position = flow_tag(flows[index], seed) & mask
    while slots[position].flow != index:
        position = (position + 1) & mask
    return position


@_kernel
def place_flows(slots: Any, flows: Any, indices: Any, seed: Any) -> None:
    """Fills the empty hash table `slots` with the flows of `indices`."""
    mask = len(slots) - 1
    for k in range(len(indices)):
        tag = flow_tag(flows[indices[k]], seed)
        position = tag & mask
        while slots[position].flow >= 0:
            position = (position + 1) & mask
        slots[position].tag = tag
        slots[position].flow = indices[k]


@_kernel
def runs_from_a(packet: Any, keeps_order: bool) -> bool:
    """Whether a packet's source is the lower of the ordered ends; `keeps_order`: between
    equal addresses the source counts as lower, so both directions have a key of their own."""
    if packet.src_high != packet.dst_high:
        return bool(packet.src_high < packet.dst_high)
    if packet.src_low != packet.dst_low:
        return bool(packet.src_low < packet.dst_low)
    return keeps_order or packet.src_port <= packet.dst_port


@_kernel
def lower_in_signed_bytes(a_high: Any, a_low: Any, b_high: Any, b_low: Any) -> bool:
    """Whether a comes first as Java orders bytes: 128 to 255 are negative (cicflowmeter.md 3)."""
    flip = np.uint64(0x8080808080808080)
    if a_high != b_high:
        return bool((a_high ^ flip) < (b_high ^ flip))
    return bool((a_low ^ flip) < (b_low ^ flip))


@_kernel
def tag_packets(
    packets: Any, begin: int, end: int, keeps_order: bool, tags: Any, seed: Any
) -> None:
    """Hashes of the packets' keys, ahead of the loop that needs them."""
    for j in range(begin, end):
        packet = packets[j]
        ends = (np.uint64(packet.ip_version) << np.uint64(8)) | np.uint64(packet.protocol)
        src_port, dst_port = np.uint64(packet.src_port), np.uint64(packet.dst_port)
        if runs_from_a(packet, keeps_order):
            tags[j - begin] = _tag(
                packet.src_high,
                packet.src_low,
                packet.dst_high,
                packet.dst_low,
                (src_port << np.uint64(16)) | dst_port,
                ends,
                seed,
            )
        else:
            tags[j - begin] = _tag(
                packet.dst_high,
                packet.dst_low,
                packet.src_high,
                packet.src_low,
                (dst_port << np.uint64(16)) | src_port,
                ends,
                seed,
            )
