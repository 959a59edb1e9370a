"""The Java tool's scanner: from a frame's bytes to the headers in it (cicflowmeter.md 2.2).

Both modes of the decoder walk with it: strict from the frame's first byte, the default from
the IP header that `decode_link` found.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from netad_pcap.metering.octets import u16

__all__ = ["ETHERNET", "HEADERS", "ICMP", "IPV4", "NOTHING", "SCTP", "TCP", "UDP", "scan"]

#: The scanner's protocols; NOTHING stands for "no header before this one".
NOTHING, PAYLOAD, ETHERNET, VLAN, LLC, SNAP, IPV4, IPV6 = 0, 1, 2, 3, 4, 5, 6, 7
TCP, UDP, ICMP, L2TP, PPP, SCTP = 8, 9, 10, 11, 12, 13

#: The first header of each kind: offset in the frame (−1 = none), length, payload behind it.
#: `cut`: the walk ended where bytes are missing that were on the wire.
HEADERS = np.dtype(
    [
        ("ip", "i8"),
        ("ip_length", "i8"),
        ("tcp", "i8"),
        ("tcp_length", "i8"),
        ("tcp_payload", "i8"),
        ("udp", "i8"),
        ("udp_payload", "i8"),
        ("icmp", "i8"),
        ("sctp", "i8"),
        ("sctp_length", "i8"),
        ("sctp_payload", "i8"),
        ("cut", "i8"),
    ]
)


@numba.njit(cache=True)
def scan(
    data: Any,
    base: int,
    captured: int,
    limit: int,
    wire: int,
    offset: int,
    protocol: int,
    previous: int,
    quotes: bool,
    r1500: bool,
    zero_is_frame: bool,
    headers: Any,
) -> None:
    """Walks the headers of one frame and notes the first of each kind.

    Args:
        data: uint8, the buffer.
        base: index of the frame's first byte.
        captured: bytes of the frame that may be read.
        limit: where the frame is taken to end; the tool: `captured`. Behind `captured` lie
            bytes that the snapshot cut off.
        wire: length on the wire; the tool shrinks it by what an 802.3 length leaves over.
        offset: where to begin.
        protocol: what stands there.
        previous: what stands before it; behind ETHERNET, padding of IPv4 is removed.
        quotes: whether the packet that an ICMP error quotes is walked too.
        r1500: later fragments too are measured by the frame (the fork's library).
        zero_is_frame: a total length of 0 means up to the end of the frame (r1500 too).
        headers: a record of `HEADERS`, filled.
    """
    headers.ip = headers.tcp = headers.udp = headers.icmp = headers.sctp = -1
    headers.cut = 0
    while offset < limit:
        rem = limit - offset
        here = captured - offset
        at = base + offset
        length = payload = post = 0
        behind = PAYLOAD
        if protocol == IPV4:
            if rem >= 20:
                if here < 20:
                    headers.cut = 1
                    return
                length = 4 * (np.int64(data[at]) & 15)
                total = u16(data, at + 2)
                if total == 0 and zero_is_frame:
                    total = rem
                payload = total - length
                if previous == ETHERNET:
                    limit = min(limit, offset + total)
                fragment = u16(data, at + 6)
                later = fragment & 0x1FFF > 0
                if fragment & 0x2000 or (later and r1500):
                    payload = limit - length - offset
                if offset + 16 <= limit and not later:
                    behind = _behind_ipv4(data[at + 9])
        elif protocol == TCP:
            if rem >= 20:
                if here < 4:
                    headers.cut = 1
                    return
                # Without byte 12, which the snapshot cut off: a header without options.
                length = 4 * (np.int64(data[at + 12]) >> 4) if here > 12 else 20
        elif protocol == UDP:
            if rem >= 8:
                if here < 4:
                    headers.cut = 1
                    return
                length = 8
                source, destination = u16(data, at), u16(data, at + 2)
                if destination == 1701 or (
                    source == 1701 and destination not in (5004, 5005, 5060)
                ):
                    behind = L2TP
        elif protocol == ETHERNET:
            if rem >= 14:
                length = 14
                kind = u16(data, at + 12)
                behind = _behind_ethertype(kind)
                if kind < 0x600:
                    behind = LLC
                    payload = kind - 14
                    post = limit - kind
        elif protocol == VLAN:
            if rem >= 4:
                length = 4
                if offset + 14 <= limit:
                    kind = u16(data, at + 2)
                    behind = _behind_ethertype(kind)
                    if kind < 0x600:
                        behind = LLC
                        payload = kind - 4 - offset
        elif protocol == LLC:
            if rem >= 4:
                length = 3 if data[at + 2] & 1 else 4
                if data[at] == 0xAA:
                    behind = SNAP
        elif protocol == SNAP:
            if rem >= 4:
                length = 5
                if rem >= 5 and data[at] == 0 and data[at + 1] == 0 and data[at + 2] == 0:
                    behind = _behind_ethertype(u16(data, at + 3))
        elif protocol == IPV6:
            if rem >= 40:
                if here < 40:
                    headers.cut = 1
                    return
                length, behind = _walk_ipv6(data, at, min(rem, here))
                payload = u16(data, at + 4) - (length - 40)
        elif protocol == ICMP:
            if rem >= 4:
                if here < 2:
                    headers.cut = 1
                    return
                length = 8
                if quotes and (data[at] == 3 or data[at] == 12):
                    behind = IPV4
        elif protocol == L2TP:
            if rem >= 2:
                if here < 1:
                    headers.cut = 1
                    return
                bits = np.int64(data[at])
                length = 6 + 2 * ((bits >> 6) & 1) + 4 * ((bits >> 3) & 1) + 4 * ((bits >> 1) & 1)
                if not bits & 0x80:
                    behind = PPP
        elif protocol == PPP:
            if rem >= 4:
                if here < 4:
                    headers.cut = 1
                    return
                length = 4
                kind = u16(data, at + 2)
                if kind == 0x0021:
                    behind = IPV4
                elif kind == 0x0057:
                    behind = IPV6
        elif protocol == SCTP:
            if here < min(rem, 4):
                headers.cut = 1
                return
            length = 12
        if length == 0:
            return
        wire -= post
        limit = min(limit, wire)
        if payload == 0:
            payload = max(0, limit - (offset + length))
        if offset + length + payload + post > limit and offset + length + payload > limit:
            payload = max(0, limit - (offset + length))
            if offset + length > limit:
                length = max(0, limit - offset)
        _note(headers, protocol, offset, length, payload)
        offset += length
        previous, protocol = protocol, behind


@numba.njit(cache=True)
def _note(headers: Any, protocol: int, offset: int, length: int, payload: int) -> None:
    if protocol == IPV4:
        if headers.ip < 0:
            headers.ip = offset
            headers.ip_length = length
    elif protocol == TCP:
        if headers.tcp < 0:
            headers.tcp = offset
            headers.tcp_length = length
            headers.tcp_payload = payload
    elif protocol == UDP:
        if headers.udp < 0:
            headers.udp = offset
            headers.udp_payload = payload
    elif protocol == ICMP:
        if headers.icmp < 0:
            headers.icmp = offset
    elif protocol == SCTP and headers.sctp < 0:
        headers.sctp = offset
        headers.sctp_length = length
        headers.sctp_payload = payload


@numba.njit(cache=True)
def _behind_ethertype(kind: int) -> int:
    if kind == 0x0800:
        return IPV4
    if kind == 0x86DD:
        return IPV6
    if kind in (0x8100, 0x88A8, 0x9100):
        return VLAN
    return PAYLOAD


@numba.njit(cache=True)
def _behind_ipv4(number: int) -> int:
    if number == 6:
        return TCP
    if number == 17:
        return UDP
    if number == 1:
        return ICMP
    if number == 4:
        return IPV4
    if number == 115:
        return L2TP
    if number == 132:
        return SCTP
    return PAYLOAD


@numba.njit(cache=True)
def _walk_ipv6(data: Any, at: int, readable: int) -> tuple[int, int]:
    """Length with extension headers, all taken as (byte 1 + 1) * 8, and what follows."""
    length = 40
    number = np.int64(data[at + 6])
    while number in (0, 43, 44, 50, 51, 60, 135) and length + 2 <= readable:
        number = np.int64(data[at + length])
        length += 8 * (np.int64(data[at + length + 1]) + 1)
    if number in (1, 4, 6, 17, 132):
        return length, _behind_ipv4(number)
    return length, PAYLOAD
