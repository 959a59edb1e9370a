"""The copy that NFStream reads: one record a frame, stamped with its number."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from netad_pcap.metering.spool import TemporaryFolder
from netad_pcap.metering.stamped_copy import StampedCopy, write_stamped_copy
from tests.metering.frame_reader import Made, MadeReader
from tests.metering.made_frames import ethernet, ipv4, tcp, u16

PACKET = ipv4(tcp(b"x" * 40))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[TemporaryFolder]:
    with TemporaryFolder(tmp_path, "the copy") as made:
        yield made


def _copied(frames: list[Made], folder: TemporaryFolder) -> tuple[StampedCopy, int, list[bytes]]:
    """The copy, its link type and its records; checks the stamps."""
    copy = write_stamped_copy(MadeReader(frames, max_frames=7).blocks, folder)
    file = copy.path.read_bytes()
    (link_type,) = struct.unpack_from("<I", file, 20)
    at, number, records = 24, 0, []
    while at < len(file):
        second, micro, captured, wire = struct.unpack_from("<IIII", file, at)
        number += 1
        assert (second * 1_000_000 + micro, wire >= captured) == (number * 1000, True)
        records.append(file[at + 16 : at + 16 + captured])
        at += 16 + captured
    assert number == copy.frames == len(frames)
    return copy, link_type, records


def test_record_n_is_frame_n_stamped_n_ms(folder: TemporaryFolder) -> None:
    frames = [Made(ethernet(PACKET + bytes([i % 256])), 10**15 - i) for i in range(2_500)]
    copy, link_type, records = _copied(frames, folder)
    assert (copy.frames, copy.wrapped, link_type) == (2_500, False, 1)
    assert records == [f.data for f in frames]


@pytest.mark.parametrize("link_type", [0, 1, 12, 101, 113, 127, 228, 229])
def test_what_nfstream_reads_stays_as_it_is(link_type: int, folder: TemporaryFolder) -> None:
    frames = [Made(bytes(range(60)), link_type=link_type)] * 3
    copy, written, records = _copied(frames, folder)
    assert not copy.wrapped
    assert written == link_type
    assert records == [f.data for f in frames]


@pytest.mark.parametrize(
    ("link_type", "head", "kind"),
    [
        (276, b"\x86\xdd" + bytes(18), 0x86DD),
        (108, b"\0\0\0\x02", 0x0800),
        (108, b"\0\0\0\x18", 0x86DD),
        (14, b"", 0x0800),
        (9, b"\xff\x03\0\x21", 0x0800),
        (9, b"\x57", 0x86DD),
        (50, b"\xff\x03\x02\x81", 0x8847),
    ],
)
def test_other_link_types_become_ethernet(
    link_type: int, head: bytes, kind: int, folder: TemporaryFolder
) -> None:
    copy, written, records = _copied([Made(head + PACKET, link_type=link_type)], folder)
    assert (copy.wrapped, written) == (True, 1)
    assert records == [bytes(12) + u16(kind) + PACKET]


@pytest.mark.parametrize(
    "frame", [b"", b"\xff", b"\xff\x03", b"\xff\x03\0", b"\xc0\x21" + bytes(60), bytes(60)]
)
def test_what_is_not_understood_is_an_empty_record(frame: bytes, folder: TemporaryFolder) -> None:
    assert _copied([Made(frame, link_type=9)], folder)[2] == [b""]


def test_every_cut_of_a_wrapped_frame_is_safe(folder: TemporaryFolder) -> None:
    heads = {276: b"\x08\0" + bytes(18), 108: b"\0\0\0\x02", 9: b"\xff\x03\0\x21", 113: bytes(16)}
    frames = [
        Made((head + PACKET)[:cut], link_type=link_type)
        for link_type, head in heads.items()
        for cut in range(len(head) + 20)
    ]
    _, _, records = _copied(frames, folder)
    assert all(len(r) <= len(f.data) + 14 for r, f in zip(records, frames, strict=True))


def test_vlan_tags_that_nfstream_does_not_know_are_renamed(folder: TemporaryFolder) -> None:
    tags = b"\0\x05" + u16(0x9100) + b"\0\x06" + u16(0x0800)
    (record,) = _copied([Made(ethernet(tags + PACKET, 0x88A8))], folder)[2]
    assert record == ethernet(tags.replace(u16(0x9100), u16(0x8100)) + PACKET, 0x8100)


def test_tag_values_in_a_payload_stay(folder: TemporaryFolder) -> None:
    frame = ethernet(ipv4(b"\x88\xa8" * 40))
    assert _copied([Made(frame)], folder)[2] == [frame]


def test_second_link_type_makes_everything_ethernet(folder: TemporaryFolder) -> None:
    frames = [Made(ethernet(PACKET))] * 20 + [Made(PACKET, link_type=101)]
    copy, link_type, records = _copied(frames, folder)
    assert (copy.wrapped, link_type) == (True, 1)
    assert records[0] == ethernet(PACKET)
    assert records[-1] == bytes(12) + u16(0x0800) + PACKET


def test_longer_than_libpcap_reads_is_cut(folder: TemporaryFolder) -> None:
    (record, after) = _copied([Made(bytes(400_000)), Made(ethernet(PACKET))], folder)[2]
    assert len(record) == 262_144 - 14
    assert after == ethernet(PACKET)


def test_copy_ends_where_it_is_told(folder: TemporaryFolder) -> None:
    asked = iter([True, True, False])
    reader = MadeReader([Made(ethernet(PACKET))] * 50, max_frames=10)
    assert write_stamped_copy(reader.blocks, folder, lambda: next(asked)).frames == 20


def test_quiet_frames_are_the_most_within_122_seconds(folder: TemporaryFolder) -> None:
    seconds = [0] * 5 + [100] * 7 + [122] * 3 + [123] * 2 + [50] * 4 + [500] * 6
    frames = [Made(ethernet(PACKET), second * 1_000_000) for second in seconds]
    # Seconds 100 to 123, and those stamped 50 while the clock stood at 123.
    assert _copied(frames, folder)[0].quiet_frames == 7 + 3 + 2 + 4


def test_copy_is_private(folder: TemporaryFolder) -> None:
    _copied([Made(ethernet(PACKET))], folder)
    assert folder.path.stat().st_mode & 0o077 == 0


def test_block_of_other_stride_is_copied(folder: TemporaryFolder) -> None:
    (block,) = MadeReader([Made(ethernet(PACKET))] * 6).blocks()
    backwards = block._replace(offset=np.ascontiguousarray(block.offset[::-1]))
    assert write_stamped_copy(lambda: [backwards], folder).frames == 6
