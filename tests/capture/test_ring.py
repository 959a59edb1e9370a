"""Blocks of the kernel's ring: what honest ones hold, and that lies lead nowhere."""

from __future__ import annotations

import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netad_pcap.capture.reader import empty_columns
from netad_pcap.capture.ring import walk_block
from tests.naive import ring as naive

BLOCK = 4_096
#: Around the block under test; a byte of it in a frame is a byte read outside.
GUARD = 256


def block(
    frames: list[bytes], *, vlan: tuple[int, int] | None = None, nanoseconds: int = 0
) -> bytes:
    """A block as the kernel writes it."""
    parts = []
    for i, frame in enumerate(frames):
        room = -(82 + len(frame)) % 8
        size = 82 + len(frame) + room
        last = i == len(frames) - 1
        tci, tpid = vlan or (0, 0)
        header = struct.pack(
            "<IIIIIIHHIIH", 0 if last else size, 1_700_000_000 + i, nanoseconds, len(frame),
            len(frame) + 10, 1 | (0x50 if vlan else 0), 82, 96, 0, tci, tpid,
        )  # fmt: skip
        parts.append(header.ljust(82, b"\xee") + frame + bytes(room))
    head = struct.pack("<IIIIIIQ", 2, 0, 1, len(frames), 48, 0, 7).ljust(48, b"\0")
    return (head + b"".join(parts)).ljust(BLOCK, b"\0")


def walk(data: bytes, link_type: int = 1) -> list[naive.Packet]:
    """The packets that the kernel function finds in a block between two guards."""
    ring = np.frombuffer(bytearray(b"\xaa" * GUARD + data + b"\xaa" * GUARD), np.uint8)
    columns = empty_columns(len(data) // 48)
    count = walk_block(ring, GUARD, len(data), link_type, 1, *columns[1:])
    assert columns.frame[:count].tolist() == list(range(1, count + 1))
    inside = columns.offset[:count] >= GUARD
    assert inside.all()
    assert (columns.offset[:count] + columns.captured[:count] <= GUARD + len(data)).all()
    return [
        naive.Packet(
            ring[columns.offset[i] : columns.offset[i] + columns.captured[i]].tobytes(),
            int(columns.wire[i]),
            int(columns.time_us[i]),
            int(columns.nanosecond[i]),
        )
        for i in range(count)
    ]


def test_packets_with_times_and_lengths() -> None:
    found = walk(block([b"a" * 60, b"b" * 61], nanoseconds=123_456_789))
    assert [(p.data, p.wire) for p in found] == [(b"a" * 60, 70), (b"b" * 61, 71)]
    assert [(p.time_us, p.nanosecond) for p in found] == [
        (1_700_000_000_123_456, 789),
        (1_700_000_001_123_456, 789),
    ]


def test_tag_that_the_kernel_took_off_is_put_back() -> None:
    frame = bytes(range(12)) + b"\x08\x00" + b"x" * 40
    (packet,) = walk(block([frame], vlan=(0x6005, 0x88A8)))
    assert packet.data == bytes(range(12)) + b"\x88\xa8\x60\x05" + frame[12:]
    assert packet.wire == len(frame) + 10 + 4


def test_raw_ip_has_no_place_for_a_tag() -> None:
    (packet,) = walk(block([b"E" * 40], vlan=(5, 0x8100)), link_type=101)
    assert packet.data == b"E" * 40


@given(
    st.lists(st.binary(min_size=0, max_size=120), max_size=8),
    st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), max_size=24),
    st.booleans(),
)
def test_lying_headers_lead_nowhere(
    frames: list[bytes], lies: list[tuple[int, int]], tagged: bool
) -> None:
    data = bytearray(block(frames, vlan=(7, 0x8100) if tagged else None))
    for at, value in lies:
        data[at] = value
    found, expected = walk(bytes(data)), naive.packets(bytes(data), ethernet=True)
    if not lies:
        assert found == expected
    # A lying packet may lie over the next: its tag, put back, changes that one.
    assert [packet[1:] for packet in found[:1]] == [packet[1:] for packet in expected[:1]]
