"""The slow, obvious twin of `capture.ring.walk_block`."""

from __future__ import annotations

import struct
from typing import NamedTuple

HEADER = 48


class Packet(NamedTuple):
    """A packet as the wire had it."""

    data: bytes
    wire: int
    time_us: int
    nanosecond: int


def packets(block: bytes, *, ethernet: bool) -> list[Packet]:
    """Packets of one block of a ring, TPACKET_V3; those whose headers lie are left out."""
    count, at = struct.unpack_from("<II", block, 12)
    found: list[Packet] = []
    for _ in range(count):
        if at + HEADER > len(block):
            break
        following, seconds, fraction, length, wire, status, mac = struct.unpack_from(
            "<IIIIIIH", block, at
        )
        tci, tpid = struct.unpack_from("<IH", block, at + 32)
        if mac >= HEADER and at + mac + length <= len(block):
            data = block[at + mac : at + mac + length]
            if ethernet and status & 0x10 and mac >= HEADER + 4 and length >= 12:
                tag = struct.pack(">HH", tpid if status & 0x40 else 0x8100, tci & 0xFFFF)
                data = data[:12] + tag + data[12:]
                wire += 4
            found.append(
                Packet(data, min(wire, 2**31 - 1), seconds * 10**6 + fraction // 1000,
                       fraction % 1000)
            )  # fmt: skip
        if following == 0:
            break
        at += following
    return found
