"""Capture files and truth files, byte for byte."""

from __future__ import annotations

import csv
import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from sample_pcaps.timeline import Frame

ETHERNET, RAW = 1, 101  # LINKTYPE_ numbers
_SNAPLEN = 262_144
TRUTH_COLUMNS = (
    "capture", "src", "dst", "src_port", "dst_port", "protocol", "start", "end", "family", "tool",
    "source",
)  # fmt: skip
SOURCE = "netad-pcap/sample_pcaps"


@dataclass(frozen=True)
class Interface:
    """An interface of a pcapng file: name, link type, digits of the fraction of a second."""

    name: str
    link_type: int
    digits: int


def pcap(frames: Sequence[Frame]) -> bytes:
    """A classic file: little endian, µs, Ethernet."""
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, _SNAPLEN, ETHERNET)]
    for frame in frames:
        seconds, fraction = divmod(frame.time_us, 1_000_000)
        size = len(frame.data)
        parts += [struct.pack("<IIII", seconds, fraction, size, size), frame.data]
    return b"".join(parts)


def pcapng(frames: Sequence[Frame], interfaces: Sequence[Interface]) -> bytes:
    """A pcapng file: section header, interfaces, enhanced packet blocks (pcapng 4.1-4.3)."""
    parts = [_block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
    for interface in interfaces:
        options = _option(2, interface.name.encode()) + _option(9, bytes([interface.digits]))
        head = struct.pack("<HHI", interface.link_type, 0, _SNAPLEN)
        parts.append(_block(1, head + options + struct.pack("<HH", 0, 0)))
    for frame in frames:
        ticks = frame.time_us * 10 ** interfaces[frame.interface].digits // 1_000_000
        size = len(frame.data)
        head = struct.pack("<IIIII", frame.interface, ticks >> 32, ticks & 0xFFFFFFFF, size, size)
        parts.append(_block(6, head + _padded(frame.data)))
    return b"".join(parts)


def truth(rules: Sequence[dict[str, str]]) -> bytes:
    """A truth file: one line per rule, the first that matches a flow wins, else benign."""
    text = io.StringIO()
    writer = csv.DictWriter(text, TRUTH_COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({"source": SOURCE} | rule for rule in rules)
    return text.getvalue().encode()


def _block(kind: int, body: bytes) -> bytes:
    size = len(body) + 12
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
