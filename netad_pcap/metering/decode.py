"""From frames to packets: a block of records in, rows for the flow kernel out.

    FrameBlock → decode_frames → PACKET rows, and a cause for each frame without one

The ordinary frame (Ethernet, IPv4 without options, not a fragment, TCP or UDP) is decoded here;
the others by `decode_strict` (the Java tool, garbage included) or `decode_extended` (by link
type, with the extensions of design 6).
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
from netad_pcap.metering.decode_scan import HEADERS
from netad_pcap.metering.decode_strict import decode_strict
from netad_pcap.metering.extensions import EXTENSIONS
from netad_pcap.metering.octets import u16, u32
from netad_pcap.metering.packets import PACKET
from netad_pcap.metering.rules import PROFILES

__all__ = ["Decoded", "decode_block", "decode_frames"]

_WIRE_SHORTER = cause_number("wire_shorter")
_NOT_REACHED = cause_number("not_reached")
_IFACE = EXTENSIONS["iface"].bit
_LINKTYPE_ETHERNET = 1
_L2TP_PORT = 1701
_MAPPED = np.uint64(0xFFFF_0000_0000)  # ::ffff:0:0/96


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
        profile: name in `metering.rules.PROFILES`.
        strict: exactly the Java tool's packets, instead of those by link type.
        packets_out: PACKET [>= n], where to write the rows; otherwise a new array.

    Raises:
        ValueError: an unknown profile, a frame outside of `block.data`, `packets_out` too small.
    """
    n = len(block.offset)
    if profile not in PROFILES:
        raise ValueError(f"unknown profile {profile!r}; there are {', '.join(PROFILES)}")
    if packets_out is not None and len(packets_out) < n:
        raise ValueError(f"room for {len(packets_out)} packets, but the block has {n} frames")
    if n and not _inside(block):
        raise ValueError("a frame of this block lies outside of its data")
    packets = np.empty(n, PACKET) if packets_out is None else packets_out
    rows = np.empty(n, np.int32)
    cause = np.empty(n, np.uint8)
    count = decode_frames(
        block.data,
        block.offset,
        block.captured,
        block.wire,
        block.time_us,
        block.link_type,
        block.frame,
        block.behind,
        PROFILES.index(profile),
        strict,
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
def decode_frames(
    data: Any,
    offset: Any,
    captured: Any,
    wire: Any,
    time_us: Any,
    link_type: Any,
    frame: Any,
    behind: Any,
    profile_code: int,
    strict: bool,
    packets: Any,
    rows: Any,
    cause: Any,
) -> int:
    """The kernel behind `decode_block`: columns of a FrameBlock in, rows out.

    Args:
        data: uint8; every frame lies inside of it (unchecked).
        offset: int64 [n].
        captured: int32 [n].
        wire: int32 [n].
        time_us: int64 [n].
        link_type: int32 [n].
        frame: int64 [n].
        behind: bool [n].
        profile_code: position in `metering.rules.PROFILES`.
        strict: as in `decode_block`.
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
        base = np.int64(offset[i])
        size = np.int64(captured[i])
        on_wire = np.int64(wire[i])
        if strict and behind[i]:
            cause[i] = _NOT_REACHED
            continue
        if on_wire < size:
            cause[i] = _WIRE_SHORTER
            continue
        row = packets[count]
        ordinary = (strict or link_type[i] == _LINKTYPE_ETHERNET) and _decode_ordinary(
            data, base, size, on_wire, strict, no_window, row
        )
        if not ordinary:
            if strict:
                why = decode_strict(data, base, size, on_wire, profile_code, headers, row)
            else:
                why = decode_extended(
                    data, base, size, on_wire, np.int64(link_type[i]), profile_code, headers, row
                )
            if why:
                cause[i] = why
                continue
        if behind[i]:
            row.ext |= _IFACE
        cause[i] = 0
        row.time_us = time_us[i]
        row.frame = frame[i]
        row.tag = -1
        rows[count] = i
        count += 1
    return count


@numba.njit(cache=True)
def _decode_ordinary(
    data: Any, base: int, captured: int, wire: int, strict: bool, no_window: int, row: Any
) -> bool:
    """The fast path, where both modes and all profiles agree; False = look closer."""
    # Ethernet, type IPv4, header of 20 bytes, no fragment.
    if (
        captured < 42
        or data[base + 12] != 8
        or data[base + 13] != 0
        or data[base + 14] != 0x45
        or data[base + 20] & 0x3F
        or data[base + 21]
    ):
        return False
    end = 14 + u16(data, base + 16)
    if end > captured:
        if wire > captured and not strict:
            return False  # cut by the snapshot
        end = captured
    number = data[base + 23]
    if number == 6:
        if end < 54:
            return False
        header = 4 * (np.int64(data[base + 46]) >> 4)
        if header < 20 or 34 + header > end:
            return False
        row.flags = data[base + 47]
        row.sequence = u32(data, base + 38)
        row.acknowledgment = u32(data, base + 42)
        row.window = u16(data, base + 48)
    elif number == 17:
        if end < 42:
            return False
        header = 8
        if u16(data, base + 34) == _L2TP_PORT or u16(data, base + 36) == _L2TP_PORT:
            return False
        row.flags = 0
        row.sequence = 0
        row.acknowledgment = 0
        row.window = no_window
    else:
        return False
    row.src_high = 0
    row.src_low = _MAPPED | np.uint64(u32(data, base + 26))
    row.dst_high = 0
    row.dst_low = _MAPPED | np.uint64(u32(data, base + 30))
    row.payload = end - 34 - header
    row.header = header
    row.src_port = u16(data, base + 34)
    row.dst_port = u16(data, base + 36)
    row.icmp_type = -1
    row.icmp_code = -1
    row.fragment_offset = 0
    row.ext = 0
    row.protocol = number
    row.fragment_mark = 0
    row.ip_version = 4
    return True
