"""Why NFStream leaves out a frame that our decoder takes: a cause for capture health.

NFStream says nothing of the frames that it drops. These are its checks, in its order, as
experiments show them (`tests/metering/test_nfstream_refusals.py`, a frame for each): it finds
the innermost of nested IP headers, wants first fragments only, and lengths that agree. A
total length beyond the captured bytes is no reason: it keeps what a snapshot cut, if IPv4.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from netad_pcap.capture.frames import FrameBlock
from netad_pcap.capture.health import cause_number
from netad_pcap.metering.decode_link import reach_ip
from netad_pcap.metering.octets import u16

__all__ = ["refusal_causes"]

_OTHER = cause_number("refused_by_nfstream")
_FRAGMENT = cause_number("nfstream_fragment")
_LENGTH = cause_number("nfstream_length")
_LENGTH_ZERO = cause_number("nfstream_length_zero")
_CUT = cause_number("nfstream_cut")
_LINK = cause_number("nfstream_link")
_INNER = cause_number("nfstream_inner")
_EXTENSION = cause_number("nfstream_extension")

#: Less than an IPv4 and a UDP header is no packet to NFStream, whatever the link layer.
_SHORTEST_FRAME = 28
_IPV4_HEADER, _IPV6_HEADER = 20, 40
_IPV4_INSIDE, _IPV6_INSIDE = 4, 41
_HOP_BY_HOP, _ROUTING, _FRAGMENT_HEADER, _NO_NEXT, _OPTIONS, _MOBILITY = 0, 43, 44, 59, 60, 135


def refusal_causes(block: FrameBlock, refused: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Causes, uint8 [k], of the k frames that `refused` (bool [n]) marks, in order."""
    causes = np.empty(int(refused.sum()), np.uint8)
    rows = np.flatnonzero(refused)
    _classify(block.data, block.offset, block.captured, block.link_type, rows, causes)
    return causes


@njit(cache=True)
def _classify(
    data: Any, offset: Any, captured: Any, link_type: Any, rows: Any, causes: Any
) -> None:
    for k in range(len(rows)):
        row = rows[k]
        begin, size = offset[row], int(captured[row])
        version, at, _, direct = reach_ip(data, begin, size, link_type[row])
        if version < 0:
            causes[k] = -version
        elif size < _SHORTEST_FRAME:
            causes[k] = _CUT
        else:
            cause = _of_ip(data, begin + at, begin + size)
            causes[k] = cause if direct or cause != _OTHER else _LINK


@njit(cache=True)
def _of_ip(data: Any, at: Any, end: Any) -> int:
    """Cause of an IP packet; `_OTHER` where nothing is wrong with it."""
    outermost = at
    while True:
        if end - at < _IPV4_HEADER:
            return _CUT
        version = data[at] >> 4
        if version == 4:
            inside, header = data[at + 9], (np.int64(data[at]) & 15) * 4
            if inside not in (_IPV4_INSIDE, _IPV6_INSIDE) or header == 0:
                return _of_ipv4(data, at, end, header)
            at += header
        elif version == 6:
            cause, at = _of_ipv6(data, at, end)
            if at < 0:
                return cause
        else:
            return _OTHER if at == outermost else _INNER


@njit(cache=True)
def _of_ipv4(data: Any, at: Any, end: Any, header: Any) -> int:
    if u16(data, at + 6) & 0x1FFF:
        return _FRAGMENT
    if header > end - at:
        return _CUT
    total = u16(data, at + 2)
    if total == 0:
        return _LENGTH_ZERO
    return _LENGTH if total < header else _OTHER


@njit(cache=True)
def _of_ipv6(data: Any, at: Any, end: Any) -> tuple[int, int]:
    """Cause and -1; or anything and where an inner IP header begins."""
    if end - at < _IPV6_HEADER:
        return _CUT, -1
    left = np.int64(u16(data, at + 4))
    inside = np.int64(data[at + 6])
    at += _IPV6_HEADER
    if left > end - at:
        return _CUT, -1
    while inside in (_HOP_BY_HOP, _ROUTING, _FRAGMENT_HEADER, _NO_NEXT, _OPTIONS, _MOBILITY):
        if inside == _NO_NEXT or left < 8:
            return _EXTENSION, -1
        if inside == _FRAGMENT_HEADER:
            if u16(data, at + 2) >> 3:
                return _FRAGMENT, -1
            size = np.int64(8)
        else:
            size = 8 * (np.int64(data[at + 1]) + 1)
        if size > left:
            return _EXTENSION, -1
        inside, at, left = np.int64(data[at]), at + size, left - size
    if inside in (_IPV4_INSIDE, _IPV6_INSIDE):
        return _OTHER, at
    return _OTHER, -1
