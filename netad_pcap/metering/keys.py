"""Keys of flows: which of two ends is the lower, the hash, the slots of the hash table."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

__all__ = [
    "flow_tag",
    "lower_in_signed_bytes",
    "mix",
    "place_flows",
    "remove_slot",
    "runs_from_a",
    "secret",
    "slot_of",
    "tag_packets",
]

_kernel = njit(cache=True, error_model="numpy")


@_kernel
def mix(word: Any) -> Any:
    """splitmix64's finalizer: a uint64 in, 64 well-mixed bits out."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@_kernel
def secret(seed: Any, i: int) -> Any:
    """The i-th of the numbers that a seed stands for (splitmix64)."""
    return mix(seed + np.uint64(i) * np.uint64(0x9E3779B97F4A7C15))


@_kernel
def _secrets(seed: Any) -> Any:
    """What `_tag` multiplies with, a tuple of uint64."""
    # Plain integers: numba compiles a callee once more for each constant that it is given.
    one = np.int64(1)
    return (
        secret(seed, one),
        secret(seed, one + 1),
        secret(seed, one + 2),
        secret(seed, one + 3),
        secret(seed, one + 4),
        secret(seed, one + 5),
        secret(seed, one + 6),
        secret(seed, one + 7),
        secret(seed, one + 8),
        secret(seed, one + 9),
        secret(seed, one + 10),
    )


@_kernel
def _tag(
    a_high: Any, a_low: Any, b_high: Any, b_low: Any, ports: Any, protocol: Any, secrets: Any
) -> int:
    """32 bits of hash of a key, all arguments uint64; no result shows the secrets.

    Multilinear (Lemire and Kaser, Strongly universal string hashing is fast, 2014): whatever
    keys a hostile capture holds, they collide by chance only as long as it does not know the
    secrets. A seed in front of a fixed mix would not do: differences that cancel each other
    can be chosen without knowing it.
    """
    k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10 = secrets
    half, low = np.uint64(32), np.uint64(0xFFFFFFFF)
    h = k0 + ports * k1 + protocol * k2
    h += (a_low & low) * k3 + (a_low >> half) * k4 + (b_low & low) * k5 + (b_low >> half) * k6
    if a_high | b_high:
        h += (a_high & low) * k7 + (a_high >> half) * k8
        h += (b_high & low) * k9 + (b_high >> half) * k10
    return np.int64(h >> half)


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
        _secrets(seed),
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
    secrets = _secrets(seed)
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
                secrets,
            )
        else:
            tags[j - begin] = _tag(
                packet.dst_high,
                packet.dst_low,
                packet.src_high,
                packet.src_low,
                (dst_port << np.uint64(16)) | src_port,
                ends,
                secrets,
            )
