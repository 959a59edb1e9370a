"""Why NFStream leaves out a frame that our decoder takes: a cause for capture health.

NFStream says nothing of the frames that it drops. What it drops was found by experiment:
fragments behind the first, total lengths of 0 or below the headers, IPv6 cut by the
snapshot (`tests/metering/test_nfstream_refusals.py` shows each).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from netad_pcap.capture.frames import FrameBlock
from netad_pcap.capture.health import cause_number

__all__ = ["refusal_causes"]

_OTHER = cause_number("refused_by_nfstream")
_FRAGMENT = cause_number("nfstream_fragment")
_LENGTH = cause_number("nfstream_length")
_CUT = cause_number("nfstream_cut")

_ETHERNET, _SHORTEST = 1, 14
_IPV4, _IPV6 = 0x0800, 0x86DD
_IPV6_FRAGMENT = 44


def refusal_causes(block: FrameBlock, refused: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Causes, uint8 [k], of the k frames that `refused` (bool [n]) marks, in order."""
    causes = np.empty(int(refused.sum()), np.uint8)
    _classify(
        block.data,
        block.offset,
        block.captured,
        block.wire,
        block.link_type,
        np.flatnonzero(refused),
        causes,
    )
    return causes


@njit(cache=True)
def _u16(data: Any, at: int) -> int:
    return (np.int64(data[at]) << 8) | np.int64(data[at + 1])


@njit(cache=True)
def _classify(
    data: Any, offset: Any, captured: Any, wire: Any, link_type: Any, rows: Any, causes: Any
) -> None:
    for k in range(len(rows)):
        row = rows[k]
        causes[k] = _OTHER
        begin = offset[row]
        end = begin + captured[row]
        at = begin
        version = 0
        if link_type[row] == _ETHERNET:
            if end - begin < _SHORTEST:
                continue
            kind = _u16(data, begin + 12)
            at = begin + 14
            while kind in (0x8100, 0x88A8, 0x9100) and end - at >= 4:
                kind = _u16(data, at + 2)
                at += 4
            version = 4 if kind == _IPV4 else 6 if kind == _IPV6 else 0
        elif end > at:
            version = np.int64(data[at]) >> 4
        if version == 4 and end - at >= 20:
            header = (np.int64(data[at]) & 15) * 4
            total = _u16(data, at + 2)
            if _u16(data, at + 6) & 0x1FFF:
                causes[k] = _FRAGMENT
            elif total < header + 8 or total > wire[row] - (at - begin):
                causes[k] = _LENGTH
            elif captured[row] < wire[row]:
                causes[k] = _CUT
        elif version == 6 and end - at >= 40:
            if data[at + 6] == _IPV6_FRAGMENT:
                causes[k] = _FRAGMENT
            elif captured[row] < wire[row]:
                causes[k] = _CUT
