"""The slow, obvious twin of the capture readers: one record at a time, from bytes in memory."""

from __future__ import annotations

import struct
from fractions import Fraction
from math import floor
from typing import NamedTuple

LIMIT = 262_144
EARLIEST_US = -(2**52)
LATEST_US = 2**63 - 1 - 2**52


class Record(NamedTuple):
    """One record of a capture, as `FrameBlock` has it in columns."""

    time_us: int
    captured: int
    wire: int
    link_type: int
    interface: int
    frame: int
    behind: bool
    data: bytes
    nanosecond: int


class Reading(NamedTuple):
    """All records, and where the first unreadable one begins (None = read whole)."""

    records: list[Record]
    damage: int | None


def read(capture: bytes) -> Reading:
    """Reads an uncompressed capture whose first bytes are known to be one."""
    if capture[:4] == b"\x0a\x0d\x0d\x0a":
        return read_pcapng(capture)
    return read_pcap(capture)


def read_pcap(capture: bytes) -> Reading:
    """Classic pcap."""
    for order in "<>":
        magic, _, minor, _, _, snaplen, link = struct.unpack_from(order + "IHHIIII", capture)
        if magic in (0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34):
            break
    header = 24 if magic == 0xA1B2CD34 else 16
    number = "i" if order == "<" else "I"
    records: list[Record] = []
    at = 24
    while at < len(capture):
        if at + header > len(capture):
            return Reading(records, at)
        seconds, fraction, length, wire = struct.unpack_from(order + 2 * number + "II", capture, at)
        if minor < 3 or (minor == 3 and length > wire):
            length, wire = wire, length
        if length > LIMIT or at + header + length > len(capture):
            return Reading(records, at)
        nanosecond = 0
        if magic == 0xA1B23C4D:
            nanosecond = max(0, fraction) % 1000
            fraction = int(Fraction(fraction, 1000))  # towards zero, as C divides
        data = capture[at + header : at + header + length]
        if 0 < snaplen < 2**31:
            data = data[:snaplen]
        records.append(
            Record(
                seconds * 10**6 + fraction,
                len(data),
                min(wire, 2**31 - 1),
                link & 0xFFFF,
                0,
                len(records) + 1,
                False,
                data,
                nanosecond,
            )
        )
        at += header + length
    return Reading(records, None)


class Described(NamedTuple):
    """An interface of a pcapng section."""

    number: int
    link_type: int
    snaplen: int
    tick: Fraction
    offset: int
    keeps_nanoseconds: bool


def read_pcapng(capture: bytes) -> Reading:
    """pcapng."""
    records: list[Record] = []
    section: list[Described] = []
    order = first_order = ""
    interfaces = 0
    first: tuple[int, int] | None = None
    stopped = False
    checked = True
    at = 0
    while at < len(capture):
        damaged = Reading(records, at)
        rest = capture[at:]
        if len(rest) < 12:
            return damaged
        if rest[:4] == b"\x0a\x0d\x0d\x0a":
            magic = rest[8:12]
            if magic not in (b"\x1a\x2b\x3c\x4d", b"\x4d\x3c\x2b\x1a"):
                return damaged
            checked = bool(order)  # libpcap does not look at the first section's second length
            order = ">" if magic[0] == 0x1A else "<"
            section = []
            first_order = first_order or order
            stopped = stopped or order != first_order
        kind, length = struct.unpack_from(order + "II", rest)
        if length < 12 or length % 4 or length > len(rest):
            return damaged
        if checked and struct.unpack_from(order + "I", rest, length - 4)[0] != length:
            return damaged
        checked = True
        body = rest[8 : length - 4]
        if kind == 0x0A0D0D0A:
            if length < 28:
                return damaged
            major, minor = struct.unpack_from(order + "HH", body, 4)
            if major != 1:
                return damaged
            stopped = stopped or minor not in (0, 2)
        elif kind == 1:
            if length < 20:
                return damaged
            link, _, snaplen = struct.unpack_from(order + "HHI", body)
            options = parse_options(body[8:], order)
            if options is None or len(options.get(14, bytes(8))) != 8:
                return damaged
            resolution = (options.get(9) or b"\x06")[0]
            base, exponent = (2, resolution - 128) if resolution >= 128 else (10, resolution)
            seconds = struct.unpack(order + "q", options.get(14, bytes(8)))[0]
            keeps = exponent <= (32 if base == 2 else 25)
            section.append(
                Described(interfaces, link, snaplen, Fraction(1, base**exponent), seconds, keeps)
            )
            interfaces += 1
            known = (link, snaplen if 0 < snaplen < 2**31 else LIMIT)
            first = first or known
            too_fine = exponent > (63 if base == 2 else 19)
            stopped = stopped or known != first or too_fine
        elif kind in (2, 3, 6):
            packet = parse_packet(kind, body, order, section)
            if packet is None or first is None:
                return damaged
            interface, ticks, captured, wire, data = packet
            stopped = stopped or captured > first[1]
            time_us = nanosecond = 0
            if ticks is not None:
                since = min(floor(ticks * interface.tick * 10**6), LATEST_US)
                # The offset itself is kept within half the range of times.
                offset = max(-LATEST_US // 2, min(LATEST_US // 2, interface.offset * 10**6))
                time_us = max(EARLIEST_US, min(LATEST_US, since + offset))
                if interface.keeps_nanoseconds:
                    nanosecond = floor(ticks * interface.tick * 10**9) % 1000
            records.append(
                Record(
                    time_us,
                    captured,
                    min(wire, 2**31 - 1),
                    interface.link_type,
                    interface.number,
                    len(records) + 1,
                    stopped,
                    data,
                    nanosecond,
                )
            )
        at += length
    return Reading(records, None)


def parse_packet(
    kind: int, body: bytes, order: str, section: list[Described]
) -> tuple[Described, int | None, int, int, bytes] | None:
    """(interface, ticks, captured, wire, data) of a packet block; None if damaged."""
    if len(body) < (4 if kind == 3 else 20):
        return None
    ticks = None
    if kind == 3:
        which, data = 0, body[4:]
        (wire,) = struct.unpack_from(order + "I", body)
        captured = wire
        if section and section[0].snaplen:
            captured = min(wire, section[0].snaplen)
    else:
        which, high, low, captured, wire = struct.unpack_from(order + "IIIII", body)
        if kind == 2:
            (which,) = struct.unpack_from(order + "H", body)
        ticks, data = high << 32 | low, body[20:]
    if which >= len(section) or captured > LIMIT or captured > len(data):
        return None
    return section[which], ticks, captured, wire, data[:captured]


def parse_options(body: bytes, order: str) -> dict[int, bytes] | None:
    """Options by code; None if damaged."""
    options: dict[int, bytes] = {}
    while body:
        if len(body) < 4:
            return None
        code, length = struct.unpack_from(order + "HH", body)
        if code == 0:
            break
        if 4 + length > len(body):
            return None
        options.setdefault(code, body[4 : 4 + length])
        body = body[4 + (length + 3) // 4 * 4 :]
    return options
