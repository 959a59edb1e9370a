"""The default decoding: the tool's rules with the extensions of `metering.extensions`.

A frame that the snapshot cut short decodes as the whole frame would, as far as its bytes allow:
the scanner walks up to where the frame ended on the wire and reads up to where it was captured.
A bit of `ext` is set where the packet differs from what strict decoding makes of the frame, and
on everything of protocol 0, since its flow does.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from netad_pcap.capture.health import cause_number
from netad_pcap.metering.decode_fields import (
    CIC_2018,
    CIC_FIXED,
    KDD,
    begin_ipv4,
    options_end_well,
    write_icmp,
    write_tcp,
    write_transport,
    write_udp,
)
from netad_pcap.metering.decode_ipv6 import begin_ipv6, walk_extension_headers
from netad_pcap.metering.decode_link import reach_ip
from netad_pcap.metering.decode_plain import decode_plain_ipv4, decode_plain_ipv6
from netad_pcap.metering.decode_scan import ETHERNET, ICMP, IPV4, NOTHING, SCTP, TCP, UDP, scan
from netad_pcap.metering.extensions import EXTENSIONS
from netad_pcap.metering.octets import u16, u32
from netad_pcap.metering.packets import LATER_FRAGMENT

__all__ = ["decode_extended"]

_CUT_BEFORE_IP = cause_number("cut_before_ip")
_BAD_IP_HEADER = cause_number("bad_ip_header")
_CUT_BEFORE_TRANSPORT = cause_number("cut_before_transport")
_DECODE_FAILED = cause_number("decode_failed")
_NO_CONNECTION = cause_number("no_connection")

_LINK = EXTENSIONS["link"].bit
_IPV6 = EXTENSIONS["ipv6"].bit
_ICMP = EXTENSIONS["icmp"].bit
_PROTO = EXTENSIONS["proto"].bit
_SNAP = EXTENSIONS["snap"].bit
_LEN0 = EXTENSIONS["len0"].bit
_PAD = EXTENSIONS["pad"].bit


@numba.njit(cache=True)
def decode_extended(
    data: Any,
    base: int,
    captured: int,
    wire: int,
    link_type: int,
    profile: int,
    headers: Any,
    row: Any,
) -> int:
    """One frame by its link type.

    Args:
        data: uint8, the buffer.
        base: index of the frame's first byte.
        captured: its captured length.
        wire: its length on the wire, not below `captured`.
        link_type: LINKTYPE_ number.
        profile: profile code.
        headers: a record of HEADERS, for the scanner.
        row: record of PACKET, filled where the result is 0; time and frame are the caller's.

    Returns:
        The cause for which the packet is not metered; 0 = metered.
    """
    kind, offset, linked, direct = reach_ip(data, base, captured, link_type)
    if kind < 0:
        return -kind
    ext = _LINK if linked else 0
    no_window = -1 if profile == CIC_2018 else 0
    if kind == 6:
        ext |= _IPV6
        if decode_plain_ipv6(data, base, offset, captured, wire, direct, ext, no_window, row):
            return 0
        return _decode_ipv6(data, base, captured, wire, offset, direct, ext, profile, headers, row)
    if decode_plain_ipv4(data, base, offset, captured, wire, direct, ext, no_window, row):
        return 0
    fork = profile >= CIC_FIXED
    here = captured - offset
    if here < 20:
        return _CUT_BEFORE_IP
    at = base + offset
    size = 4 * (np.int64(data[at]) & 15)
    if size < 20 or (linked and data[at] >> 4 != 4):  # the tool does not look at the version
        return _BAD_IP_HEADER
    if size > here and wire > captured:
        return _CUT_BEFORE_IP
    limit = wire
    padded = False
    total = u16(data, at + 2)
    if total == 0:
        # Behind a tag the tool does not cut padding off, so reads such a packet well.
        if not fork and (direct or linked):
            ext |= _LEN0
    elif offset + total < limit:
        limit = offset + total
        padded = not direct and limit < captured
    # As if directly behind Ethernet: what is behind the datagram is cut off.
    _scan_ip(data, base, captured, wire, offset, IPV4, ETHERNET, fork, headers)
    return _finish_ipv4(data, base, captured, wire, limit, padded, ext, profile, headers, row)


@numba.njit(cache=True)
def _scan_ip(
    data: Any,
    base: int,
    captured: int,
    limit: int,
    offset: int,
    protocol: int,
    previous: int,
    fork: bool,
    headers: Any,
) -> None:
    """The scanner from an IP header on, or from what is behind one of IPv6."""
    # Plain integers: numba compiles a callee once more for each constant that it is given.
    protocol, previous = np.int64(protocol), np.int64(previous)
    scan(data, base, captured, limit, limit, offset, protocol, previous, False, fork, True, headers)


@numba.njit(cache=True)
def _finish_ipv4(
    data: Any,
    base: int,
    captured: int,
    wire: int,
    limit: int,
    padded: bool,
    ext: int,
    profile: int,
    headers: Any,
    row: Any,
) -> int:
    """From the scanned headers, the first IPv4 header among them, to the packet."""
    ip = base + headers.ip
    if headers.ip < 0 or headers.ip_length < 20 or headers.ip + headers.ip_length > wire:
        return _BAD_IP_HEADER
    if not options_end_well(data, ip, headers.ip_length):
        return _BAD_IP_HEADER
    begin_ipv4(data, ip, row)
    number = np.int64(data[ip + 9])
    later = row.fragment_offset > 0
    icmp = np.int64(1)
    why = _finish(
        data, base, captured, limit, padded, ext, number, later, icmp, profile, headers, row
    )
    if why == 0 and profile >= KDD:
        size = limit - headers.ip - headers.ip_length
        return int(_note_for_kdd(number, size, np.int64(u16(data, ip + 4)), row))
    return why


@numba.njit(cache=True)
def _decode_ipv6(
    data: Any,
    base: int,
    captured: int,
    wire: int,
    offset: int,
    direct: bool,
    ext: int,
    profile: int,
    headers: Any,
    row: Any,
) -> int:
    if captured - offset < 40:
        return _CUT_BEFORE_IP
    fork = profile >= CIC_FIXED
    at = base + offset
    if data[at] >> 4 != 6:
        return _BAD_IP_HEADER
    limit = wire
    padded = False
    length = u16(data, at + 4)
    if length == 0:
        # Jumbograms and segmentation offload; or really nothing behind the header.
        if data[at + 6] == 59:
            limit = offset + 40
        elif not fork:
            ext |= _LEN0
    elif offset + 40 + length < limit:
        limit = offset + 40 + length
        padded = not direct and limit < captured
    begin_ipv6(data, at, row)
    number, start = walk_extension_headers(data, base, captured, limit, offset, row)
    if number < 0:
        return -number
    later = row.fragment_offset > 0
    protocol = 0
    if not later:
        if number == 6:
            protocol = TCP
        elif number == 17:
            protocol = UDP
        elif number == 132:
            protocol = SCTP
        elif number == 1 or number == 58:
            protocol = ICMP
        elif number == 4:
            protocol = IPV4
    _scan_ip(data, base, captured, limit, start, protocol, NOTHING, fork, headers)
    if number == 4 and headers.ip == start and not later:
        # The tool meters IPv4 inside IPv6, by the inner addresses.
        inner = 4 * (np.int64(data[base + start]) & 15)
        if wire > captured and inner > captured - start:
            return _CUT_BEFORE_TRANSPORT
        return _finish_ipv4(data, base, captured, wire, limit, padded, ext, profile, headers, row)
    icmp = np.int64(58 if number == 58 else 1)
    why = _finish(
        data, base, captured, limit, padded, ext, number, later, icmp, profile, headers, row
    )
    if why == 0 and profile >= KDD:
        identification = np.int64(0)
        if row.fragment_mark and start <= captured:
            identification = np.int64(u32(data, base + start - 4))  # RFC 8200 4.5
        return int(_note_for_kdd(number, limit - start, identification, row))
    return why


@numba.njit(cache=True)
def _note_for_kdd(number: int, size: int, identification: int, row: Any) -> int:
    """What KDD's connections need of ICMP and fragments beyond a packet of the tool; 0 or a cause.

    Args:
        number: protocol of the IP header.
        size: bytes behind its headers.
        identification: of the datagram that a fragment is of.
        row: record of PACKET.
    """
    if row.fragment_mark:
        row.window = np.int32(identification)
    if row.fragment_mark & LATER_FRAGMENT:
        row.protocol = number
        row.payload = max(size, 0)
    elif row.icmp_type >= 0:
        row.payload = max(size, 0)
    kept = row.protocol == 6 or row.protocol == 17 or row.protocol == 1 or row.protocol == 58
    return 0 if kept else _NO_CONNECTION


@numba.njit(cache=True)
def _finish(
    data: Any,
    base: int,
    captured: int,
    limit: int,
    padded: bool,
    ext: int,
    number: int,
    later: bool,
    icmp: int,
    profile: int,
    headers: Any,
    row: Any,
) -> int:
    """Section 2.3 with its extensions, from the transport on; 0 or a cause."""
    fork = profile >= CIC_FIXED
    no_window = -1 if profile == CIC_2018 else 0
    cut = captured < limit
    if headers.icmp >= 0 and (fork or headers.udp < 0):
        at = base + headers.icmp
        write_icmp(data, at, icmp, no_window, row)
        if not fork or icmp == 58 or data[at] >= 64:
            ext |= _ICMP
        if cut and captured - headers.icmp < 4:
            ext |= _SNAP
        row.ext = ext & ~_LEN0
        return 0
    payload = True
    if headers.tcp >= 0:
        if not write_tcp(
            data,
            base,
            captured,
            headers.tcp,
            headers.tcp_length,
            headers.tcp_payload,
            no_window,
            row,
        ):
            return _DECODE_FAILED
    elif headers.udp >= 0:
        write_udp(data, base, captured, headers.udp, headers.udp_payload, no_window, row)
        if headers.icmp >= 0 and data[base + headers.icmp] in (3, 12):
            ext |= _ICMP  # an error inside L2TP: the tool may show what it quotes
    elif headers.sctp >= 0:
        if headers.sctp_length < 4:
            return _DECODE_FAILED
        at = base + headers.sctp
        write_transport(
            row,
            132,
            u16(data, at),
            u16(data, at + 2),
            headers.sctp_payload,
            headers.sctp_length,
            no_window,
        )
        if not _fork_knows(132, profile):
            ext |= _PROTO
    elif headers.cut:
        return _CUT_BEFORE_TRANSPORT
    else:
        scanned = number in (1, 6, 17, 132) or (number == 58 and row.ip_version == 6)
        # cic-fixed looks at IGMP's number in later fragments too.
        fragment = later and not (number == 2 and _fork_knows(number, profile))
        protocol = 0 if fragment or scanned else number
        # Protocol 0 is marked too: strict books what has left it here into the same flow.
        if protocol == 0 or not _fork_knows(number, profile):
            ext |= _PROTO
        write_transport(row, protocol, 0, 0, 0, 0, no_window)
        payload = scanned and not later
    if payload:
        # Here lengths count, and whether a transport header fits.
        if padded:
            ext |= _PAD
        if cut and row.protocol:
            ext |= _SNAP
    if not payload or row.protocol == 0:
        ext &= ~_LEN0
    row.ext = ext
    return 0


@numba.njit(cache=True)
def _fork_knows(number: int, profile: int) -> bool:
    """Whether the profile's own decoder tells this protocol apart, beside TCP, UDP and ICMP."""
    return profile == CIC_FIXED and (number == 2 or number == 132)
