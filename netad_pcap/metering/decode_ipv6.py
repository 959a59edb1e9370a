"""IPv6: addresses and the chain of extension headers (RFC 8200 4; not in the Java tool)."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from netad_pcap.capture.health import cause_number
from netad_pcap.metering.octets import u16, u64
from netad_pcap.metering.packets import BAD_FRAGMENT, LATER_FRAGMENT, MORE_FRAGMENTS

__all__ = ["begin_ipv6", "walk_extension_headers"]

_BAD_IP_HEADER = cause_number("bad_ip_header")
_CUT_BEFORE_TRANSPORT = cause_number("cut_before_transport")

FRAGMENT = 44  # RFC 8200 4.5
AUTHENTICATION = 51  # RFC 4302
NO_NEXT_HEADER = 59
_LARGEST_DATAGRAM = 65535


@numba.njit(cache=True)
def begin_ipv6(data: Any, at: int, row: Any) -> None:
    """Addresses of the IPv6 header at index `at`; not (yet) a fragment."""
    row.ip_version = 6
    row.src_high = u64(data, at + 8)
    row.src_low = u64(data, at + 16)
    row.dst_high = u64(data, at + 24)
    row.dst_low = u64(data, at + 32)
    row.fragment_offset = 0
    row.fragment_mark = 0


@numba.njit(cache=True)
def walk_extension_headers(
    data: Any, base: int, captured: int, limit: int, offset: int, row: Any
) -> tuple[int, int]:
    """The protocol behind the extension headers.

    ESP hides what follows and a later fragment has no header: the walk ends there.

    Args:
        data: uint8, the buffer.
        base: index of the frame's first byte.
        captured: bytes of the frame that may be read; the fixed header is there.
        limit: where the datagram ends.
        offset: of the IPv6 header in the frame.
        row: record of PACKET; its fragment fields are filled where there is such a header.

    Returns:
        Protocol number and offset of its header in the frame; or −cause and the offset where
        the walk ended.
    """
    number = np.int64(data[base + offset + 6])
    offset += 40
    while True:
        # Hop-by-hop, routing, destination options; mobility, HIP, shim6 (RFC 6275, 7401, 5533).
        signals = number in (135, 139, 140)
        if not (signals or number in (0, 43, 60, FRAGMENT, AUTHENTICATION)):
            return number, offset
        if limit - offset < 8:
            return -_BAD_IP_HEADER, offset
        at = base + offset
        here = captured - offset
        if here < 2:
            return -_CUT_BEFORE_TRANSPORT, offset
        if number == FRAGMENT:
            if here < 4:
                return -_CUT_BEFORE_TRANSPORT, offset
            if _note_fragment(u16(data, at + 2), limit - offset - 8, row):
                return np.int64(data[at]), offset + 8
            size = 8
        elif number == AUTHENTICATION:
            size = 4 * (np.int64(data[at + 1]) + 2)
        else:
            size = 8 * (np.int64(data[at + 1]) + 1)
        behind = np.int64(data[at])
        if signals and behind == NO_NEXT_HEADER:
            return number, offset
        number = behind
        offset += size
        if offset > limit:
            return -_BAD_IP_HEADER, offset


@numba.njit(cache=True)
def _note_fragment(word: int, size: int, row: Any) -> bool:
    """Fills the fragment fields from bytes 2 and 3; whether it is a later fragment."""
    start = word & 0xFFF8
    mark = 0
    if word & 1:
        mark |= MORE_FRAGMENTS
    if start:
        mark |= LATER_FRAGMENT
    if mark and (size <= 0 or (word & 1 and size % 8) or start + size > _LARGEST_DATAGRAM):
        mark |= BAD_FRAGMENT
    row.fragment_offset = start
    row.fragment_mark = mark
    return start > 0
