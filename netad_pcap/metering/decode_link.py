"""Link layers: from the first byte of a frame to its IP header.

LINKTYPE_ numbers and layouts as tcpdump.org's registry has them. The tool itself reads
Ethernet, 802.1Q and 802.1ad tags, and SNAP behind a tag; what else leads to IP is `linked`.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from netad_pcap.capture.health import cause_number
from netad_pcap.metering.octets import u16

__all__ = ["reach_ip"]

_ARP = -cause_number("arp")
_LLDP = -cause_number("lldp")
_LLC = -cause_number("llc")
_EAPOL = -cause_number("eapol")
_OTHER = -cause_number("other_ethertype")
_UNSUPPORTED = -cause_number("unsupported_link_type")
_EMPTY = -cause_number("empty_frame")
_CUT = -cause_number("cut_before_ip")
_BAD_IP = -cause_number("bad_ip_header")

#: What the walk stands before, beside ethertypes (from 0x600 on).
_BY_VERSION, _AT_PPP, _AT_LLC = 1, 2, 3

ETHERTYPE_IPV4, ETHERTYPE_IPV6 = 0x0800, 0x86DD
ETHERTYPE_PPPOE_SESSION = 0x8864  # RFC 2516
ETHERTYPE_MPLS, ETHERTYPE_MPLS_MULTICAST = 0x8847, 0x8848  # RFC 5332


@numba.njit(cache=True)
def reach_ip(data: Any, base: int, captured: int, link_type: int) -> tuple[int, int, bool, bool]:
    """Where the IP header begins.

    Args:
        data: uint8, the buffer.
        base: index of the frame's first byte.
        captured: its captured length; nothing behind it is read.
        link_type: LINKTYPE_ number.

    Returns:
        4 or 6, or −cause where there is no IP; offset of the header in the frame; whether the
        tool cannot read this link layer; whether the Ethernet header stands directly before.
    """
    kind, offset = _first(data, base, captured, link_type)
    linked = link_type != 1
    if kind == ETHERTYPE_IPV4 and not linked:
        return 4, offset, False, True
    direct = kind == ETHERTYPE_IPV6 and not linked
    # The tool takes an 802.3 length for that of the whole frame and cuts 14 bytes too many.
    linked |= kind == _AT_LLC
    # Each step eats at least two bytes, so this ends.
    while kind > 0:
        if kind in (ETHERTYPE_IPV4, ETHERTYPE_IPV6):
            return (4 if kind == ETHERTYPE_IPV4 else 6), offset, linked, direct
        here = captured - offset
        at = base + offset
        if kind == _BY_VERSION:
            if here < 1:
                return _CUT, offset, linked, False
            kind = _of_version(data[at])
        elif kind in (0x8100, 0x88A8, 0x9100):
            if here < 4:
                return _CUT, offset, linked, False
            kind = u16(data, at + 2)
            offset += 4
            if kind < 0x600:
                kind = _AT_LLC
        elif kind == _AT_LLC:
            kind, size = _behind_llc(data, at, here)
            offset += size
        elif kind in (ETHERTYPE_MPLS, ETHERTYPE_MPLS_MULTICAST):
            linked = True
            if here < 4:
                return _CUT, offset, linked, False
            offset += 4
            if data[at + 2] & 1:  # RFC 3032: bottom of stack
                if here < 5:
                    return _CUT, offset, linked, False
                # A pseudowire's control word has 0 there.
                kind = _of_version(data[at + 4])
                if kind < 0:
                    kind = _OTHER
        elif kind == ETHERTYPE_PPPOE_SESSION:
            linked = True
            if here < 6:
                return _CUT, offset, linked, False
            offset += 6
            kind = _AT_PPP if data[at + 1] == 0 else _OTHER
        elif kind == _AT_PPP:
            kind, size = _behind_ppp(data, at, here)
            offset += size
        else:
            kind = _without_ip(kind)
    return kind, offset, linked, False


@numba.njit(cache=True)
def _first(data: Any, base: int, captured: int, link_type: int) -> tuple[int, int]:
    """What the outermost header leads to, and its length."""
    if captured == 0:
        return _EMPTY, 0
    if link_type == 1:
        if captured < 14:
            return _CUT, 0
        kind = u16(data, base + 12)
        return (kind if kind >= 0x600 else _AT_LLC), 14
    if link_type in (12, 14, 101):
        return _BY_VERSION, 0
    if link_type == 228:
        return ETHERTYPE_IPV4, 0
    if link_type == 229:
        return ETHERTYPE_IPV6, 0
    if link_type == 113 or link_type == 276:
        size, place = (16, 14) if link_type == 113 else (20, 0)
        if captured < size:
            return _CUT, 0
        kind = u16(data, base + place)
        if kind == 4:  # LINUX_SLL_P_802_2
            return _AT_LLC, size
        return (kind if kind >= 0x600 else _OTHER), size
    if link_type == 0 or link_type == 108:
        if captured < 4:
            return _CUT, 0
        return _of_family(data, base), 4
    if link_type == 9 or link_type == 50:
        return _hdlc(data, base, captured)
    if link_type == 51:
        return ETHERTYPE_PPPOE_SESSION, 0
    return _UNSUPPORTED, 0


@numba.njit(cache=True)
def _of_version(first: int) -> int:
    version = np.int64(first) >> 4
    if version == 4:
        return ETHERTYPE_IPV4
    return ETHERTYPE_IPV6 if version == 6 else _BAD_IP


@numba.njit(cache=True)
def _of_family(data: Any, base: int) -> int:
    """NULL and LOOP: an address family in the byte order of some machine."""
    family = u16(data, base + 2)
    if u16(data, base) != 0:
        if family != 0:
            return _OTHER
        family = np.int64(data[base]) | (np.int64(data[base + 1]) << 8)
    if family == 2:
        return ETHERTYPE_IPV4
    # AF_INET6 of Linux, Windows, NetBSD and OpenBSD, FreeBSD, macOS.
    return ETHERTYPE_IPV6 if family in (10, 23, 24, 28, 30) else _OTHER


@numba.njit(cache=True)
def _hdlc(data: Any, base: int, captured: int) -> tuple[int, int]:
    """PPP with or without HDLC's address and control bytes, or Cisco's HDLC."""
    if captured < 4:
        return _CUT, 0
    if data[base] == 0xFF and data[base + 1] == 3:
        return _AT_PPP, 2
    if (data[base] == 0x0F or data[base] == 0x8F) and data[base + 1] == 0:
        kind = u16(data, base + 2)
        return (kind if kind >= 0x600 else _OTHER), 4
    return _AT_PPP, 0


@numba.njit(cache=True)
def _behind_ppp(data: Any, at: int, here: int) -> tuple[int, int]:
    """The protocol field: two bytes, or one odd byte where it was compressed (RFC 1661 2)."""
    if here < 1:
        return _CUT, 0
    kind, size = np.int64(data[at]), 1
    if not kind & 1:
        if here < 2:
            return _CUT, 0
        kind, size = u16(data, at), 2
    if kind == 0x0021:
        return ETHERTYPE_IPV4, size
    if kind == 0x0057:
        return ETHERTYPE_IPV6, size
    if kind == 0x0281:
        return ETHERTYPE_MPLS, size
    return _OTHER, size


@numba.njit(cache=True)
def _behind_llc(data: Any, at: int, here: int) -> tuple[int, int]:
    """LLC, and SNAP behind it; the control field's length as the tool takes it."""
    if here < 4:
        return _CUT, 0
    size = 3 if data[at + 2] & 1 else 4
    if data[at] != 0xAA:
        return _LLC, size
    if here < size + 5:
        return _CUT, size
    if data[at + size] or data[at + size + 1] or data[at + size + 2]:
        return _LLC, size
    kind = u16(data, at + size + 3)
    return (kind if kind >= 0x600 else _LLC), size + 5


@numba.njit(cache=True)
def _without_ip(kind: int) -> int:
    if kind == 0x0806:
        return _ARP
    if kind == 0x88CC:
        return _LLDP
    if kind == 0x888E:
        return _EAPOL
    return _OTHER
