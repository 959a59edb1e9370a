"""The fast path: IP headers without options or fragments, TCP or UDP whole behind them.

What is decoded here is decoded as the scanner would (`decode_scan`); anything odd is left to it.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from netad_pcap.metering.decode_ipv6 import begin_ipv6
from netad_pcap.metering.extensions import EXTENSIONS
from netad_pcap.metering.octets import u8, u16, u32
from netad_pcap.metering.questions import DNS_PORT, read_question

__all__ = ["decode_plain_ipv4", "decode_plain_ipv6"]

_PAD = EXTENSIONS["pad"].bit
_SNAP = EXTENSIONS["snap"].bit

_MAPPED = np.uint64(0xFFFF_0000_0000)  # ::ffff:0:0/96
_L2TP_PORT = 1701


@numba.njit(cache=True, forceinline=True)
def decode_plain_ipv4(
    data: Any,
    base: int,
    offset: int,
    captured: int,
    wire: int,
    direct: bool,
    ext: int,
    no_window: int,
    row: Any,
) -> bool:
    """The packet of the IPv4 header at `offset`, if it is plain.

    Args:
        data: uint8, the buffer.
        base: index of the frame's first byte.
        offset: of the IPv4 header in the frame.
        captured: bytes of the frame that may be read.
        wire: where the frame ends; strict: `captured`.
        direct: the Ethernet header stands directly before.
        ext: bits that are set anyhow.
        no_window: window of packets without one.
        row: record of PACKET, filled; half of it, if the result is False.

    Returns:
        Whether it was plain.
    """
    here = captured - offset - 20
    at = base + offset
    if here < 8 or u8(data, at) != 0x45 or u16(data, at + 6) & 0x3FFF:
        return False
    total = u16(data, at + 2)
    end = min(wire, offset + total)
    if not _transport(data, at + 20, here, end - offset - 20, u8(data, at + 9), no_window, row):
        return False
    row.src_high = 0
    row.src_low = _MAPPED | np.uint64(u32(data, at + 12))
    row.dst_high = 0
    row.dst_low = _MAPPED | np.uint64(u32(data, at + 16))
    row.ip_version = 4
    row.fragment_offset = 0
    row.fragment_mark = 0
    row.ext = ext | _lengths(direct, captured, end)
    return True


@numba.njit(cache=True, forceinline=True)
def decode_plain_ipv6(
    data: Any,
    base: int,
    offset: int,
    captured: int,
    wire: int,
    direct: bool,
    ext: int,
    no_window: int,
    row: Any,
) -> bool:
    """The packet of the IPv6 header at `offset`, if it is plain; as `decode_plain_ipv4`."""
    here = captured - offset - 40
    at = base + offset
    if here < 8 or u8(data, at) >> 4 != 6:
        return False
    length = u16(data, at + 4)
    end = min(wire, offset + 40 + length)
    if length == 0 or not _transport(
        data, at + 40, here, end - offset - 40, u8(data, at + 6), no_window, row
    ):
        return False
    begin_ipv6(data, at, row)
    row.ext = ext | _lengths(direct, captured, end)
    return True


@numba.njit(cache=True, forceinline=True)
def _lengths(direct: bool, captured: int, end: int) -> int:
    """The bits of a datagram that ends at `end` in the frame."""
    if captured < end:
        return _SNAP
    return 0 if direct or captured == end else _PAD


@numba.njit(cache=True, forceinline=True)
def _transport(
    data: Any, at: int, here: int, size: int, number: int, no_window: int, row: Any
) -> bool:
    """TCP or UDP at index `at`: `here` >= 8 bytes can be read, `size` are in the datagram."""
    if number == 6:
        if here < 20 or size < 20:
            return False
        header = 4 * (u8(data, at + 12) >> 4)
        if header < 20 or header > size:
            return False
        row.sequence = u32(data, at + 4)
        row.acknowledgment = u32(data, at + 8)
        row.flags = u8(data, at + 13)
        row.window = u16(data, at + 14)
    elif number == 17:
        header = 8
        if size < 8 or u16(data, at) == _L2TP_PORT or u16(data, at + 2) == _L2TP_PORT:
            return False
        row.sequence = 0
        row.acknowledgment = 0
        row.flags = 0
        row.window = no_window
        if u16(data, at + 2) == DNS_PORT:
            read_question(data, at + 8, at + min(here, size), row)
    else:
        return False
    row.protocol = number
    row.src_port = u16(data, at)
    row.dst_port = u16(data, at + 2)
    row.payload = size - header
    row.header = header
    row.icmp_type = -1
    row.icmp_code = -1
    return True
