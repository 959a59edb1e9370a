"""Other segments, the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from netad_pcap.training.conditions import Condition, Moved, move
from netad_pcap.training.conditions.recording import TCP
from tests.training.conditions.talks import handshake, moved, tcp


def stream(capture: Moved, way: int) -> bytes:
    """What a way said, put together by sequence numbers."""
    from netad_pcap.training.conditions.headers import read_tcp

    said = bytearray(200_000)
    for packet in capture.packets:
        frame = read_tcp(packet.data, packet.wire, packet.link_type)
        if frame is not None and packet.way == way and packet.protocol == TCP:
            said[packet.sequence : packet.sequence + packet.payload] = frame.payload
    return bytes(said)


def download(count: int) -> list[tuple[int, bytes]]:
    """A question and segments of a page, two at a time acknowledged, the last one pushed."""
    frames = [*handshake(), (600, tcp(0, 1, 1, 24, b"GET"))]
    for i in range(count):
        payload = bytes([i + 1]) * 1_448
        flags = 24 if i == count - 1 else 16
        frames.append((1_000 + 30 * i, tcp(1, 1 + 1_448 * i, 4, flags, payload)))
        if i % 2:
            frames.append((1_010 + 30 * i, tcp(0, 4, 1 + 1_448 * (i + 1), 16)))
    return frames


@pytest.mark.parametrize(
    ("condition", "segments", "acknowledgments"),
    [
        (Condition("same", ""), 8, 4),
        (Condition("merged", "", merge_bytes=60_000), 1, 1),
        (Condition("pairs", "", merge_bytes=3_000), 4, 4),
        (Condition("split", "", mtu=764), 16, 4),
    ],
    ids=lambda value: value.name if isinstance(value, Condition) else str(value),
)
def test_segments_change_and_bytes_do_not(
    condition: Condition, segments: int, acknowledgments: int, tmp_path: Path
) -> None:
    before = moved(download(8), Condition("identity", ""), tmp_path)
    after = moved(download(8), condition, tmp_path)
    assert stream(after, 1) == stream(before, 1)
    data = [p for p in after.packets if p.way == 1 and p.payload]
    assert len(data) == segments
    assert len([p for p in after.packets if p.way == 0 and p.acknowledgment > 1]) == acknowledgments
    assert [bool(p.flags & 8) for p in data] == [False] * (segments - 1) + [True]
    assert all(len(p.data) == p.wire for p in after.packets)


def test_merged_far_segments_are_seen_with_their_last(tmp_path: Path) -> None:
    after = moved(download(8), Condition("merged", "", merge_bytes=60_000), tmp_path)
    (merged,) = [p for p in after.packets if p.way == 1 and p.payload]
    before = moved(download(8), Condition("identity", ""), tmp_path)
    assert merged.time_ns == max(p.time_ns for p in before.packets if p.payload == 1_448)


def test_a_pushed_segment_ends_what_is_merged(tmp_path: Path) -> None:
    frames = download(8)
    at, data = frames[7]
    frames[7] = (at, data[:47] + b"\x18" + data[48:])
    after = moved(frames, Condition("merged", "", merge_bytes=60_000), tmp_path)
    assert [p.payload // 1_448 for p in after.packets if p.way == 1 and p.payload] == [3, 5]


def test_an_mtu_holds_for_all_of_tcp(samples: Path) -> None:
    capture = move(samples / "ipv6_neighbours.pcap", Condition("x", "", mtu=1_300))
    assert max(p.wire - 14 for p in capture.packets if p.protocol == TCP) <= 1_300


def test_an_end_in_between_ends_what_is_merged(tmp_path: Path) -> None:
    """The client says that it has finished: no pure acknowledgment, it stays where it is."""
    frames = [(t, f) for t, f in download(4) if t != 1_040]
    frames.insert(6, (1_035, tcp(0, 4, 2_897, 17)))
    after = moved(frames, Condition("merged", "", merge_bytes=60_000), tmp_path)
    assert [(p.way, p.payload // 1_448) for p in after.packets[4:8]] == [
        (1, 2), (0, 0), (1, 2), (0, 0),
    ]  # fmt: skip
