"""Strict decoding: exactly the packets of the Java tool, garbage included (cicflowmeter.md 2)."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from netad_pcap.capture.health import cause_number
from netad_pcap.metering.decode_fields import (
    CIC_2018,
    CIC_FIXED,
    begin_ipv4,
    options_end_well,
    write_icmp,
    write_tcp,
    write_transport,
    write_udp,
)
from netad_pcap.metering.decode_link import reach_ip
from netad_pcap.metering.decode_scan import ETHERNET, IPV4, NOTHING, scan
from netad_pcap.metering.octets import u16

__all__ = ["decode_strict"]

_CUT_BEFORE_IP = cause_number("cut_before_ip")
_BAD_IP_HEADER = cause_number("bad_ip_header")
_IPV6 = cause_number("ipv6")
_OTHER_ETHERTYPE = cause_number("other_ethertype")
_UNREADABLE_PROTOCOL = cause_number("unreadable_protocol")
_DECODE_FAILED = cause_number("decode_failed")

_LINKTYPE_ETHERNET = 1


@numba.njit(cache=True)
def decode_strict(
    data: Any, base: int, captured: int, wire: int, profile: int, headers: Any, row: Any
) -> int:
    """One frame, taken for Ethernet whatever it is; then once more as if it began with IPv4.

    The second look meters garbage (rows `8.6.0.1-8.0.6.4-0-0-0` are ARP); published data has it.

    Args:
        data: uint8, the buffer.
        base: index of the frame's first byte.
        captured: its captured length.
        wire: its length on the wire, not below `captured`.
        profile: profile code.
        headers: a record of HEADERS, for the scanner.
        row: record of PACKET, filled where the result is 0; time and frame are the caller's.

    Returns:
        The cause for which the packet is dropped; 0 = metered.
    """
    fork = profile >= CIC_FIXED
    scan(data, base, captured, captured, wire, 0, ETHERNET, NOTHING, True, fork, fork, headers)
    cause = _read(data, base, captured, profile, headers, row)
    if cause == 0:
        return 0
    scan(data, base, captured, captured, wire, 0, IPV4, NOTHING, True, fork, fork, headers)
    if _read(data, base, captured, profile, headers, row) == 0:
        return 0
    kind, _, linked, _ = reach_ip(data, base, captured, _LINKTYPE_ETHERNET)
    if kind < 0:
        return -kind
    if kind == 6:
        return _IPV6
    if linked and cause == _CUT_BEFORE_IP:
        return _OTHER_ETHERTYPE  # MPLS and PPPoE, which the tool does not know
    return cause


@numba.njit(cache=True)
def _read(data: Any, base: int, captured: int, profile: int, headers: Any, row: Any) -> int:
    """Section 2.3; 0 or the cause for which reading fails."""
    if headers.ip < 0:
        return _CUT_BEFORE_IP
    ip = base + headers.ip
    if headers.ip_length < 20 or headers.ip + headers.ip_length > captured:
        return _BAD_IP_HEADER
    if not options_end_well(data, ip, headers.ip_length):
        return _BAD_IP_HEADER
    fork = profile >= CIC_FIXED
    no_window = -1 if profile == CIC_2018 else 0
    begin_ipv4(data, ip, row)
    row.ext = 0
    if fork and headers.icmp >= 0:
        write_icmp(data, base + headers.icmp, 1, no_window, row)
        return 0 if row.icmp_type < 64 else _DECODE_FAILED
    if headers.tcp >= 0:
        read = write_tcp(
            data,
            base,
            captured,
            headers.tcp,
            headers.tcp_length,
            headers.tcp_payload,
            no_window,
            row,
        )
        return 0 if read else _DECODE_FAILED
    if headers.udp >= 0:
        write_udp(data, base, captured, headers.udp, headers.udp_payload, no_window, row)
        return 0
    protocol = 0
    if profile == CIC_FIXED:
        if headers.sctp >= 0:
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
            return 0
        number = np.int64(data[ip + 9])
        if number == 2:
            protocol = 2
        elif number > 61 and number not in (94, 103, 111, 118, 132, 133, 137):
            return _UNREADABLE_PROTOCOL
    write_transport(row, protocol, 0, 0, 0, 0, no_window)
    return 0
