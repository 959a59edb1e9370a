"""From frames to packets: a block of records in, rows for the flow kernel out.

    FrameBlock → decode_block → PACKET rows, and a cause for each frame without one

The ordinary frame (Ethernet, IPv4 without options, not a fragment, TCP or UDP) is the fast path
of both modes; the others go to `decode_strict` (the Java tool, garbage included) or to
`decode_extended` (by link type, with the extensions of design 6).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture.frames import FrameBlock
from netad_pcap.capture.health import cause_number
from netad_pcap.metering.decode_extended import decode_extended
from netad_pcap.metering.decode_fields import CIC_2018
from netad_pcap.metering.decode_plain import decode_plain_ipv4
from netad_pcap.metering.decode_scan import HEADERS
from netad_pcap.metering.decode_strict import decode_strict
from netad_pcap.metering.extensions import EXTENSIONS
from netad_pcap.metering.octets import u16
from netad_pcap.metering.packets import PACKET
from netad_pcap.metering.rules import ALL_PROFILES, PROFILES

__all__ = ["Decoded", "decode_block"]

_WIRE_SHORTER = cause_number("wire_shorter")
_NOT_REACHED = cause_number("not_reached")
_IFACE = EXTENSIONS["iface"].bit
_LINKTYPE_ETHERNET = 1
_ETHERTYPE_IPV4 = 0x0800


class Decoded(NamedTuple):
    """What a block of frames became.

    Attributes:
        packets: PACKET [k], in the order of the frames.
        row: int32 [k], the frame's index in the block.
        cause: uint8 [n], per frame: 0 = metered, else its position in `capture.health.CAUSES`.
    """

    packets: NDArray[Any]
    row: NDArray[np.int32]
    cause: NDArray[np.uint8]


def decode_block(
    block: FrameBlock, *, profile: str, strict: bool, packets_out: NDArray[Any] | None = None
) -> Decoded:
    """Decodes the frames of a block.

    Args:
        block: frames; each must lie inside `block.data`.
        profile: name in `metering.rules.ALL_PROFILES`; KDD's not under `strict`.
        strict: exactly the Java tool's packets, instead of those by link type.
        packets_out: PACKET [>= n], where to write the rows; otherwise a new array.

    Raises:
        ValueError: an unknown profile, a frame outside of `block.data`, `packets_out` too small.
    """
    n = len(block.offset)
    known = PROFILES if strict else ALL_PROFILES
    if profile not in known:
        raise ValueError(f"unknown profile {profile!r}; there are {', '.join(known)}")
    if packets_out is not None and len(packets_out) < n:
        raise ValueError(f"room for {len(packets_out)} packets, but the block has {n} frames")
    if n and not _inside(block):
        raise ValueError("a frame of this block lies outside of its data")
    packets = np.empty(n, PACKET) if packets_out is None else packets_out
    rows = np.empty(n, np.int32)
    cause = np.empty(n, np.uint8)
    # Two kernels: who never asks for --strict does not wait for it to be compiled.
    kernel = _decode_frames_strict if strict else _decode_frames
    count = kernel(
        block.data,
        block.offset,
        block.captured,
        block.wire,
        block.time_us,
        block.link_type,
        block.frame,
        block.behind,
        ALL_PROFILES.index(profile),
        packets,
        rows,
        cause,
    )
    return Decoded(packets[:count], rows[:count], cause)


def _inside(block: FrameBlock) -> bool:
    ends = block.offset + block.captured
    return bool(
        block.offset.min() >= 0 and block.captured.min() >= 0 and ends.max() <= len(block.data)
    )


@numba.njit(cache=True, nogil=True)
def _decode_frames(
    data: Any,
    offset: Any,
    captured: Any,
    wire: Any,
    time_us: Any,
    link_type: Any,
    frame: Any,
    behind: Any,
    profile_code: int,
    packets: Any,
    rows: Any,
    cause: Any,
) -> int:
    """The kernel behind `decode_block` by default: columns of a FrameBlock in, rows out.

    Args:
        data: uint8; every frame lies inside of it (unchecked).
        offset: int64 [n].
        captured: int32 [n].
        wire: int32 [n].
        time_us: int64 [n].
        link_type: int32 [n].
        frame: int64 [n].
        behind: bool [n].
        profile_code: position in `metering.rules.ALL_PROFILES`.
        packets: PACKET [>= n], filled.
        rows: int32 [>= n], filled.
        cause: uint8 [n], filled.

    Returns:
        How many rows were filled.
    """
    headers = np.zeros(1, HEADERS)[0]
    no_window = -1 if profile_code == CIC_2018 else 0
    count = 0
    for i in range(len(offset)):
        base: Any = np.int64(offset[i])
        size: Any = np.int64(captured[i])
        on_wire: Any = np.int64(wire[i])
        link: Any = np.int64(link_type[i])
        if on_wire < size:
            cause[i] = _WIRE_SHORTER
            continue
        row = packets[count]
        ordinary = (
            size >= 42
            and link == _LINKTYPE_ETHERNET
            and u16(data, base + 12) == _ETHERTYPE_IPV4
            and decode_plain_ipv4(data, base, 14, size, on_wire, True, 0, no_window, row)
        )
        why = 0
        if not ordinary:
            why = decode_extended(data, base, size, on_wire, link, profile_code, headers, row)
        cause[i] = why
        if why == 0:
            if behind[i]:
                row.ext |= _IFACE
            _place(row, time_us[i], frame[i])
            rows[count] = i
            count += 1
    return count


@numba.njit(cache=True, nogil=True)
def _decode_frames_strict(
    data: Any,
    offset: Any,
    captured: Any,
    wire: Any,
    time_us: Any,
    _link_type: Any,
    frame: Any,
    behind: Any,
    profile_code: int,
    packets: Any,
    rows: Any,
    cause: Any,
) -> int:
    """The same under `strict`: the tool takes every frame for Ethernet, and stops early."""
    headers = np.zeros(1, HEADERS)[0]
    no_window = -1 if profile_code == CIC_2018 else 0
    count = 0
    for i in range(len(offset)):
        base: Any = np.int64(offset[i])
        size: Any = np.int64(captured[i])
        on_wire: Any = np.int64(wire[i])
        if behind[i]:
            cause[i] = _NOT_REACHED
            continue
        if on_wire < size:
            cause[i] = _WIRE_SHORTER
            continue
        row = packets[count]
        ordinary = (
            size >= 42
            and u16(data, base + 12) == _ETHERTYPE_IPV4
            and decode_plain_ipv4(data, base, 14, size, size, True, 0, no_window, row)
        )
        why = 0
        if not ordinary:
            why = decode_strict(data, base, size, on_wire, profile_code, headers, row)
        cause[i] = why
        if why == 0:
            _place(row, time_us[i], frame[i])
            rows[count] = i
            count += 1
    return count


@numba.njit(cache=True)
def _place(row: Any, time_us: int, frame: int) -> None:
    row.time_us = time_us
    row.frame = frame
    row.tag = -1
