"""Frames as records of a classic pcap whose time stamps are frame numbers.

NFStream has a clock of milliseconds and no frame numbers; frame N is stamped N ms, so every
packet that it delivers says which frame it was. The frames' bytes are left alone but for
what design 6 allows: link types that NFStream lacks, or several in one capture, become
Ethernet, and VLAN tags of types that it does not know (0x88a8, 0x9100) become 0x8100.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from netad_pcap.capture.frames import FrameBlock

__all__ = ["ETHERNET", "NATIVE_LINK_TYPES", "file_header", "stamp"]

ETHERNET = 1

#: Link types that NFStream reads as they are. It knows PPP (9, 50) only in part.
NATIVE_LINK_TYPES = frozenset({0, 1, 12, 101, 113, 127, 228, 229})

#: libpcap takes no longer record for one that it can read.
_LONGEST = 262_144
_RECORD_HEADER = 16
_ETHERNET_HEADER = 14


def file_header(link_type: int) -> bytes:
    """The 24 bytes that begin a classic pcap, microseconds, little-endian."""
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, _LONGEST, link_type)


def stamp(block: FrameBlock, first: int, *, wrap: bool) -> NDArray[np.uint8]:
    """The block's frames as pcap records.

    Args:
        block: frames.
        first: number of the block's first frame, which becomes its time stamp in ms.
        wrap: make Ethernet of every frame, whatever its link type; a frame of a link type
            that is not understood becomes an empty record.

    Returns:
        uint8 [bytes], the records.
    """
    count = len(block.offset)
    room = int(block.captured.sum()) + count * (_RECORD_HEADER + _ETHERNET_HEADER)
    out = np.empty(room, np.uint8)
    used = _stamp(
        block.data, block.offset, block.captured, block.wire, block.link_type, first, wrap, out
    )
    return out[:used]


@njit(cache=True)
def _put32(out: Any, at: Any, value: Any) -> None:
    for i in range(4):
        out[at + i] = (value >> (8 * i)) & 0xFF


@njit(cache=True)
def _type_at(data: Any, at: Any) -> Any:
    return (np.int64(data[at]) << 8) | np.int64(data[at + 1])


@njit(cache=True)
def _payload(data: Any, at: Any, end: Any, link_type: Any) -> tuple[Any, Any]:
    """Ethertype and where it begins, of a frame of another link type; type 0: not understood."""
    if link_type == 276:  # LINKTYPE_LINUX_SLL2: protocol first, 20 bytes
        return (_type_at(data, at), at + 20) if at + 20 <= end else (0, end)
    if link_type == 113:  # LINKTYPE_LINUX_SLL: protocol last, 16 bytes
        return (_type_at(data, at + 14), at + 16) if at + 16 <= end else (0, end)
    if link_type in (0, 108):  # LINKTYPE_NULL, LINKTYPE_LOOP: an address family in 4 bytes
        if at + 4 > end:
            return 0, end
        family = max(data[at], data[at + 3])  # small numbers, so either byte order
        if data[at + 1] or data[at + 2] or min(data[at], data[at + 3]):
            return 0, end
        if family == 2:
            return 0x0800, at + 4
        return (0x86DD, at + 4) if family in (10, 24, 28, 30) else (0, end)
    if link_type in (12, 14, 101, 228, 229):  # raw IP
        if at >= end:
            return 0, end
        version = data[at] >> 4
        if version == 4 and link_type != 229:
            return 0x0800, at
        return (0x86DD, at) if version == 6 and link_type != 228 else (0, end)
    if link_type == 51:  # LINKTYPE_PPP_ETHER: a PPPoE session
        return 0x8864, at
    if link_type in (9, 50):  # LINKTYPE_PPP, with or without address and control field
        if at + 2 <= end and data[at] == 0xFF and data[at + 1] == 0x03:
            at += 2
        if at + 1 > end:
            return 0, end
        short = data[at] & 1  # RFC 1661 6.5: a protocol in one byte
        if short:
            protocol, at = np.int64(data[at]), at + 1
        elif at + 2 <= end:
            protocol, at = _type_at(data, at), at + 2
        else:
            return 0, end
        if protocol == 0x0021:
            return 0x0800, at
        if protocol == 0x0057:
            return 0x86DD, at
        return (0x8847, at) if protocol == 0x0281 else (0, end)
    return 0, end


@njit(cache=True)
def _rename_tags(out: Any, at: Any, end: Any) -> None:
    """Makes 0x8100 of VLAN tag types that NFStream does not know; `at` is an ethertype."""
    while at + 2 <= end:
        ethertype = _type_at(out, at)
        if ethertype not in (0x8100, 0x88A8, 0x9100):
            return
        out[at], out[at + 1] = 0x81, 0x00
        at += 4


@njit(cache=True)
def _stamp(
    data: Any,
    offset: Any,
    captured: Any,
    wire: Any,
    link_type: Any,
    first: int,
    wrap: bool,
    out: Any,
) -> int:
    position = 0
    for i in range(len(offset)):
        begin, link = offset[i], link_type[i]
        end = begin + min(captured[i], _LONGEST - _ETHERNET_HEADER)
        body = position + _RECORD_HEADER
        to = body
        added = 0
        if wrap and link != ETHERNET:
            ethertype, start = _payload(data, begin, end, link)
            if ethertype:
                for k in range(12):
                    out[to + k] = 0
                out[to + 12], out[to + 13] = ethertype >> 8, ethertype & 0xFF
                to += _ETHERNET_HEADER
                added = _ETHERNET_HEADER - (start - begin)
                begin = start
            else:
                begin = end
        length = end - begin
        out[to : to + length] = data[begin:end]
        to += length
        if wrap or link == ETHERNET:
            _rename_tags(out, body + 12, to)
        elif link == 113:
            _rename_tags(out, body + 14, to)
        number = first + i
        _put32(out, position, number // 1000)
        _put32(out, position + 4, number % 1000 * 1000)
        _put32(out, position + 8, to - body)
        _put32(out, position + 12, max(np.int64(to - body), np.int64(wire[i]) + added))
        position = to
    return position
