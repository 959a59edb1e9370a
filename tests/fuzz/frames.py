"""Frames that nobody sends: real ones whose headers are changed, nested, cut and spliced.

Structure-aware: a change knows where the headers lie, so what it spoils is a field and the
rest still leads a decoder deep into the frame.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from tests.naive.decoding_default import find_ip

__all__ = ["LINK_HEADERS", "Frame", "changed"]

#: Fields by header: (offset, bytes).
_FIELDS: Mapping[str, tuple[tuple[int, int], ...]] = {
    "ethernet": ((0, 6), (6, 6), (12, 2)),
    "ipv4": ((0, 1), (0, 1), (2, 2), (4, 2), (6, 2), (6, 2), (8, 1), (9, 1), (12, 4), (16, 4)),
    "ipv6": ((0, 1), (4, 2), (6, 1), (7, 1), (8, 16), (24, 16)),
    "tcp": ((0, 2), (2, 2), (4, 4), (8, 4), (12, 1), (12, 1), (13, 1), (13, 1), (14, 2)),
    "udp": ((0, 2), (2, 2), (4, 2)),
    "icmp": ((0, 1), (1, 1)),
}
_TRANSPORTS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp"}
_TAGS = (0x8100, 0x88A8, 0x9100)
_EXTENSION_HEADERS = (0, 43, 44, 50, 51, 59, 60, 135, 139, 140)
#: What may stand before a datagram, by LINKTYPE_ number: for IPv4, for IPv6.
LINK_HEADERS: Mapping[int, tuple[bytes, bytes]] = {
    0: (b"\2\0\0\0", b"\x1e\0\0\0"),
    9: (b"\xff\3\0\x21", b"\xff\3\0\x57"),
    12: (b"", b""),
    50: (b"\x0f\0\x08\0", b"\x0f\0\x86\xdd"),
    51: (b"\x11\0\0\1\0\0\0\x21", b"\x11\0\0\1\0\0\0\x57"),
    101: (b"", b""),
    108: (b"\0\0\0\2", b"\0\0\0\x18"),
    113: (bytes(14) + b"\x08\0", bytes(14) + b"\x86\xdd"),
    147: (b"", b""),
    228: (b"", b""),
    229: (b"", b""),
    276: (b"\x08\0" + bytes(18), b"\x86\xdd" + bytes(18)),
}


class Frame(NamedTuple):
    """A frame as it was captured.

    Attributes:
        data: its captured bytes.
        wire: its length on the wire.
        gap_us: time since the frame before.
    """

    data: bytes
    wire: int
    gap_us: int


def changed(rng: random.Random, frame: Frame, link_type: int, pool: Sequence[Frame]) -> Frame:
    """The frame (from Ethernet) behind a header of `link_type`, and with some of its parts
    changed; `pool` gives what is spliced in."""
    data = bytearray(frame.data)
    found = find_ip(frame.data, 1)
    if link_type != 1 and found is not None:
        version, at, _ = found
        data[:at] = LINK_HEADERS[link_type][version == 6]
        found = version, len(LINK_HEADERS[link_type][version == 6]), True
    longer = frame.wire - len(frame.data)
    if rng.random() < 0.25 and found is not None:
        rng.choice(_NESTINGS)(rng, data, found[1])
        found = find_ip(bytes(data), link_type)
    layout = _layout(data, link_type, found)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 5))):
        if layout and rng.random() < 0.8:
            _lie(rng, data, layout)
        elif data:
            data[rng.randrange(min(len(data), 120))] = rng.randrange(256)
    if rng.random() < 0.05:
        other = rng.choice(pool).data
        data[rng.randrange(len(data) + 1) :] = other[rng.randrange(len(other) + 1) :]
    wire = len(data) + longer
    how = rng.random()
    if how < 0.1:  # the snapshot cut it
        del data[rng.randrange(min(len(data), 150) + 1) :]
    elif how < 0.15:  # so did the sender
        del data[rng.randrange(min(len(data), 150) + 1) :]
        wire = len(data)
    elif how < 0.2:
        data += bytes([rng.randrange(256)]) * rng.randrange(80)
        wire = len(data) + rng.choice((0, 0, 1, 30, -1))
    elif how < 0.22:
        wire = rng.choice((0, 1, 65_535, 0x7FFFFFFF, 0xFFFFFFFF))
    return Frame(bytes(data), max(wire, 0), frame.gap_us)


def _layout(
    data: bytearray, link_type: int, found: tuple[int, int, bool] | None
) -> list[tuple[str, int]]:
    """Headers of a frame and where they begin."""
    layout = [("ethernet", 0)] if link_type == 1 and len(data) >= 14 else []
    if found is None:
        return layout
    version, at, _ = found
    if len(data) < at + (20 if version == 4 else 40):
        return layout
    if version == 4:
        number, behind = data[at + 9], at + 4 * (data[at] & 15)
    else:
        number, behind = data[at + 6], at + 40
    layout.append((f"ipv{version}", at))
    if number in _TRANSPORTS and behind + 8 <= len(data):
        layout.append((_TRANSPORTS[number], behind))
    return layout


def _lie(rng: random.Random, data: bytearray, layout: list[tuple[str, int]]) -> None:
    """One field gets another value: the limits, a near one, any."""
    kind, at = rng.choice(layout)
    offset, size = rng.choice(_FIELDS[kind])
    place = slice(at + offset, at + offset + size)
    old = int.from_bytes(data[place], "big")
    most = (1 << 8 * size) - 1
    near = (old + rng.choice((-1, 1, 4, -4, 16, -16))) & most
    value = rng.choice((0, 1, most, near, old ^ 1 << rng.randrange(8 * size), rng.randrange(most)))
    data[place] = value.to_bytes(size, "big")


def _tags(rng: random.Random, data: bytearray, at: int) -> None:
    """VLAN tags, from one to as many as fit, in front of the ethertype."""
    kind = bytes(data[at - 2 : at]) if at >= 2 else b"\x08\0"
    count = rng.choice((1, 2, 2, 3, 40, 400))
    tags = b"".join(rng.choice(_TAGS).to_bytes(2, "big") + b"\0\5" for _ in range(count))
    data[max(at - 2, 0) : at] = tags + kind


def _labels(rng: random.Random, data: bytearray, at: int) -> None:
    """MPLS labels, the bottom of the stack perhaps missing."""
    count = rng.choice((1, 2, 5, 100))
    labels = bytearray(b"\0\1\x20\x40" * count)
    labels[-2] |= rng.random() < 0.9
    data[max(at - 2, 0) : at] = b"\x88\x47" + labels


def _session(rng: random.Random, data: bytearray, at: int) -> None:
    """PPPoE, several of them inside one another."""
    count = rng.choice((1, 1, 2, 30))
    kind = b"\0\x21" if data[at : at + 1] < b"\x60" else b"\0\x57"
    head = b"\x88\x64" + b"\x11\0\0\1\0\x40\0\x57" * (count - 1) + b"\x11\0\0\1\0\x40" + kind
    data[max(at - 2, 0) : at] = head


def _options(rng: random.Random, data: bytearray, at: int) -> None:
    """IPv4 options of any kind and length; lengths that are 0 or lead out of the header."""
    if len(data) < at + 20:
        return
    words = rng.randrange(1, 11)
    data[at] = 0x40 | 5 + words
    size = bytes([rng.choice((0, 1, 2, 3, 4, 40, 255))])
    one = bytes([rng.choice((0, 1, 7, 68, 130, 131, 134, 137, 148, rng.randrange(256)))]) + size
    data[at + 20 : at + 20] = (
        (one * 20)[: 4 * words] if rng.random() < 0.7 else rng.randbytes(4 * words)
    )


def _extension_headers(rng: random.Random, data: bytearray, at: int) -> None:
    """Chains of IPv6 extension headers, long ones, repeated ones, with lengths that lie."""
    if len(data) < at + 40:
        return
    behind = data[at + 6]
    chain = bytearray()
    numbers = [rng.choice(_EXTENSION_HEADERS) for _ in range(rng.choice((1, 2, 3, 8, 150)))]
    for following in (*numbers[1:], behind):
        size = rng.choice((0, 0, 0, 1, 3, 255))
        chain += bytes([following, size]) + rng.randbytes(6) + bytes(8 * min(size, 3))
    data[at] = 0x60
    data[at + 6] = numbers[0]
    data[at + 40 : at + 40] = chain


def _tunnel(rng: random.Random, data: bytearray, at: int) -> None:
    """The datagram inside others: IP in IP many times, L2TP, what an ICMP error quotes."""
    inner = bytes(data[at:])
    for _ in range(rng.choice((1, 1, 2, 60))):
        number, head = rng.choice(
            (
                (4, b""),
                (41, b""),
                (1, b"\3\3" + bytes(6)),
                (17, b"\6\xa5\6\xa5\0\x40\0\0" + b"\0\2\0\1\0\1\xff\3\0\x21"),
                (115, b"\0\2\0\1\0\1\xff\3\0\x21"),
                (47, b"\0\0\x08\0"),
            )
        )
        total = min(20 + len(head) + len(inner), 65_535).to_bytes(2, "big")
        inner = b"\x45\0" + total + bytes(5) + bytes([number]) + bytes(10) + head + inner
    data[at:] = inner[:2_000]


_NESTINGS: Sequence[Callable[[random.Random, bytearray, int], None]] = (
    _tags,
    _labels,
    _session,
    _options,
    _extension_headers,
    _extension_headers,
    _tunnel,
)
