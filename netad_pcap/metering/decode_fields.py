"""From headers to the fields of a packet, as both modes write them (cicflowmeter.md 2.3)."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from netad_pcap.metering.octets import u16, u32
from netad_pcap.metering.packets import BAD_FRAGMENT, LATER_FRAGMENT, MORE_FRAGMENTS
from netad_pcap.metering.questions import DNS_PORT, read_question

__all__ = [
    "CIC_2018",
    "CIC_FIXED",
    "CIC_FIXED_2022",
    "CIC_V4",
    "KDD",
    "begin_ipv4",
    "options_end_well",
    "write_icmp",
    "write_tcp",
    "write_transport",
    "write_udp",
]

#: Profile codes, as `metering.rules` numbers them; from KDD on KDD's.
CIC_2018, CIC_V4, CIC_FIXED, CIC_FIXED_2022, KDD = 0, 1, 2, 3, 4

_MAPPED = np.uint64(0xFFFF_0000_0000)  # ::ffff:0:0/96
_LARGEST_DATAGRAM = 65535


@numba.njit(cache=True)
def options_end_well(data: Any, at: int, length: int) -> bool:
    """Whether the tool gets through the IPv4 options; `length` bytes of the header are there.

    It steps one byte too far over each option, so harmless headers fail too.
    """
    end = 4 * (np.int64(data[at]) & 15)
    i = 20
    while i < end:
        if i >= length:
            return False
        kind = data[at + i] & 31
        if kind == 0 or kind == 22 or kind > 25:
            return True
        if kind == 1:
            i += 1
        elif i + 1 >= length:
            return False
        else:
            i += np.int64(data[at + i + 1]) + 1
    return True


@numba.njit(cache=True)
def write_transport(
    row: Any, protocol: int, source: int, destination: int, payload: int, header: int, window: int
) -> None:
    """Everything that only TCP and ICMP have more of; these are cleared."""
    row.protocol = protocol
    row.src_port = source
    row.dst_port = destination
    row.payload = payload
    row.header = header
    row.window = window
    row.sequence = 0
    row.acknowledgment = 0
    row.flags = 0
    row.icmp_type = -1
    row.icmp_code = -1


@numba.njit(cache=True)
def begin_ipv4(data: Any, at: int, row: Any) -> None:
    """Addresses and fragment fields of the IPv4 header at index `at`."""
    row.ip_version = 4
    row.src_high = 0
    row.src_low = _MAPPED | np.uint64(u32(data, at + 12))
    row.dst_high = 0
    row.dst_low = _MAPPED | np.uint64(u32(data, at + 16))
    word = u16(data, at + 6)
    if not word & 0x3FFF:
        row.fragment_offset = 0
        row.fragment_mark = 0
        return
    start = 8 * (word & 0x1FFF)
    mark = 0
    if word & 0x2000:
        mark |= MORE_FRAGMENTS
    if start:
        mark |= LATER_FRAGMENT
    total = u16(data, at + 2)
    if total:
        size = total - 4 * (np.int64(data[at]) & 15)
        ragged = word & 0x2000 and size % 8
        if size <= 0 or ragged or start + size > _LARGEST_DATAGRAM:
            mark |= BAD_FRAGMENT
    row.fragment_offset = start
    row.fragment_mark = mark


@numba.njit(cache=True)
def write_tcp(
    data: Any,
    base: int,
    captured: int,
    offset: int,
    length: int,
    payload: int,
    no_window: int,
    row: Any,
) -> bool:
    """TCP's fields; False where the tool fails on the header.

    Args:
        data: uint8, the buffer.
        base: index of the frame's first byte.
        captured: bytes of the frame that may be read; at least 4 of the header's are there.
            Fields behind them are 0, the window `no_window`.
        offset: of the header in the frame.
        length: of the header, cut to the frame.
        payload: bytes behind it.
        no_window: window of packets without one.
        row: record of PACKET.
    """
    at = base + offset
    here = captured - offset
    if length < 16:
        return False
    if here > 12:
        claimed = 4 * (np.int64(data[at + 12]) >> 4)
        if claimed > 20 and length <= 20:
            return False
        if claimed > 20 and length == 21 and here > 20 and data[at + 20] > 1:
            return False
    write_transport(row, 6, u16(data, at), u16(data, at + 2), payload, length, no_window)
    if here >= 8:
        row.sequence = u32(data, at + 4)
    if here >= 12:
        row.acknowledgment = u32(data, at + 8)
    if here >= 14:
        row.flags = data[at + 13]
    if here >= 16:
        row.window = u16(data, at + 14)
    return True


@numba.njit(cache=True)
def write_udp(
    data: Any, base: int, captured: int, offset: int, payload: int, no_window: int, row: Any
) -> None:
    """UDP's fields, and what a DNS query asks for.

    Args:
        data: uint8, the buffer.
        base: index of the frame's first byte.
        captured: bytes of the frame that may be read; the ports are among them.
        offset: of the header in the frame.
        payload: bytes behind it.
        no_window: window of packets without one.
        row: record of PACKET.
    """
    at = base + offset
    destination = u16(data, at + 2)
    write_transport(row, 17, u16(data, at), destination, payload, 8, no_window)
    if destination == DNS_PORT:
        read_question(data, at + 8, base + min(captured, offset + 8 + payload), row)


@numba.njit(cache=True)
def write_icmp(data: Any, at: int, number: int, no_window: int, row: Any) -> None:
    """ICMP or ICMPv6 as the fork has it: ports and lengths 0, type and code kept."""
    write_transport(row, number, 0, 0, 0, 0, no_window)
    row.icmp_type = data[at]
    row.icmp_code = data[at + 1]
