"""Fragments put together by their headers, for KDD: whose they are, and what is wrong with them.

Packets are changed in place. A later fragment gets the ports of its datagram's first; what it
carries counts once the datagram is whole and sound, as in the published data (a teardrop there
sends 28 bytes, the ping of death 1480, a sound ping of 40,000 bytes 40,008). A fault is a size
that is no multiple of 8 bytes, an overlap, an end behind byte 65,535, or ends that contradict
each other: in the published teardrops one pair has three.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from netad_pcap.metering.keys import mix
from netad_pcap.metering.packets import (
    BAD_FRAGMENT,
    FAULTS_SHIFT,
    LATER_FRAGMENT,
    MORE_FRAGMENTS,
)

__all__ = ["CODE_PORT", "Datagrams", "new_datagrams", "put_together"]

#: A datagram is given up so long after its first fragment (peers.md 6.1).
_TIME_OUT_US = 30_000_000
#: Datagrams remembered: one place for each hash; the later one wins.
_DATAGRAMS = 1 << 12
#: Words of the map of a datagram's bytes, 8 bytes a bit.
_WORDS = 65_536 // 8 // 64
#: Of an ICMP message the type is the source's port and the code, behind this, the other: each
#: direction, type and code has a key of its own.
CODE_PORT = 256
_MOST_FAULTS = 15

_DATAGRAM = np.dtype(
    [
        ("time_us", "i8"),
        ("src_high", "u8"),
        ("src_low", "u8"),
        ("dst_high", "u8"),
        ("dst_low", "u8"),
        ("identification", "i4"),
        ("protocol", "u1"),
        ("known", "?"),  # its first fragment was seen
        ("unsound", "?"),
        ("src_port", "u2"),
        ("dst_port", "u2"),
        ("icmp_type", "i2"),
        ("icmp_code", "i2"),
        ("covered", "i8"),  # bytes seen
        ("pending", "i8"),  # of later fragments, not counted yet
        ("furthest", "i8"),
        ("total", "i8"),  # 0: not known
    ],
    align=True,
)

_kernel = njit(cache=True, error_model="numpy")


class Datagrams(NamedTuple):
    """Datagrams in pieces, `_DATAGRAM` [2^k], and the bytes seen of each, uint64 [2^k, words]."""

    heads: Any
    maps: Any


def new_datagrams() -> Datagrams:
    """None yet."""
    heads = np.zeros(_DATAGRAMS, _DATAGRAM)
    heads["time_us"] = np.iinfo(np.int64).min // 2
    return Datagrams(heads, np.zeros((_DATAGRAMS, _WORDS), np.uint64))


@_kernel
def put_together(packets: Any, datagrams: Any) -> None:
    """Changes fragments, and ports of ICMP, in place.

    Args:
        packets: PACKET [n], in the order of the capture; later fragments whose first is not
            known become protocol 0.
        datagrams: a `Datagrams`.
    """
    for j in range(len(packets)):
        packet = packets[j]
        if packet.fragment_mark:
            _take(packet, datagrams.heads, datagrams.maps)
        if packet.icmp_type >= 0:
            packet.src_port = packet.icmp_type
            packet.dst_port = packet.icmp_code + CODE_PORT


@_kernel
def _take(packet: Any, heads: Any, maps: Any) -> None:
    place = _place(packet)
    head = heads[place]
    if (
        packet.time_us - head.time_us > _TIME_OUT_US
        or head.src_high != packet.src_high
        or head.src_low != packet.src_low
        or head.dst_high != packet.dst_high
        or head.dst_low != packet.dst_low
        or head.identification != packet.window
        or head.protocol != packet.protocol
    ):
        head.time_us = packet.time_us
        head.src_high, head.src_low = packet.src_high, packet.src_low
        head.dst_high, head.dst_low = packet.dst_high, packet.dst_low
        head.identification = packet.window
        head.protocol = packet.protocol
        head.known = head.unsound = False
        head.covered = head.pending = head.furthest = head.total = 0
        for word in range(_WORDS):
            maps[place, word] = 0
    later = packet.fragment_mark & LATER_FRAGMENT
    size = np.int64(packet.payload)
    if not later and packet.icmp_type < 0:
        size += packet.header
    faults = 1 if packet.fragment_mark & BAD_FRAGMENT else 0
    begin = np.int64(packet.fragment_offset)
    end = min(begin + size, np.int64(65_536))
    faults += _cover(maps, place, begin, end)
    faults += _contradicts(head, end, packet.fragment_mark & MORE_FRAGMENTS != 0)
    if faults:
        head.unsound = True
    packet.fragment_mark |= min(faults, _MOST_FAULTS) << FAULTS_SHIFT
    head.covered += end - begin
    head.furthest = max(head.furthest, end)
    if later:
        head.pending += size
        if head.known:
            packet.src_port, packet.dst_port = head.src_port, head.dst_port
            packet.icmp_type, packet.icmp_code = head.icmp_type, head.icmp_code
        else:
            packet.protocol = 0
        packet.payload = 0
    else:
        head.known = True
        head.src_port, head.dst_port = packet.src_port, packet.dst_port
        head.icmp_type, head.icmp_code = packet.icmp_type, packet.icmp_code
    if head.known and not head.unsound and head.covered == head.total:
        packet.payload += head.pending
        head.pending = 0


@_kernel
def _place(packet: Any) -> Any:
    """Where the packet's datagram is remembered; without a secret: the same capture gives the
    same rows."""
    ends = packet.src_high ^ mix(packet.src_low ^ mix(packet.dst_high ^ mix(packet.dst_low)))
    number = np.uint64(packet.window & 0xFFFFFFFF) << np.uint64(8) | np.uint64(packet.protocol)
    return np.int64(mix(ends ^ mix(number)) & np.uint64(_DATAGRAMS - 1))


@_kernel
def _cover(maps: Any, place: int, begin: int, end: int) -> int:
    """Marks bytes as seen; 1 where some were already."""
    overlaps = 0
    for block in range(begin // 8, (end + 7) // 8):
        word, bit = block // 64, np.uint64(1) << np.uint64(block % 64)
        if maps[place, word] & bit:
            overlaps = 1
        maps[place, word] |= bit
    return overlaps


@_kernel
def _contradicts(head: Any, end: int, more: bool) -> int:
    """Whether a fragment's end does not fit to what was seen of the datagram."""
    if more:
        return 1 if head.total and end > head.total else 0
    wrong = 1 if (head.total and end != head.total) or end < head.furthest else 0
    head.total = end
    return wrong
