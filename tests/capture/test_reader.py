from __future__ import annotations

import csv
import gzip
import hashlib
import io
import random
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netad_pcap.capture import open_capture
from netad_pcap.errors import CaptureError
from tests.capture.zoo import ARP, NOT_CAPTURES, US, ZOO, pcap, read_all
from tests.naive.records import read

SMALL = sorted(name for name, capture in ZOO.items() if len(capture) < 10_000)
slow = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("name", ZOO)
def test_zoo_is_read_as_the_naive_reader_reads_it(name: str) -> None:
    expected = read(ZOO[name])
    records, reader = read_all(ZOO[name])
    assert records == expected.records
    assert [d.offset for d in reader.health.damage] == (
        [] if expected.damage is None else [expected.damage]
    )
    assert all(d.frame == len(records) + 1 for d in reader.health.damage)
    assert reader.health.packets == len(records)


@pytest.mark.parametrize("name", NOT_CAPTURES)
def test_what_is_no_capture_is_named(name: str) -> None:
    data, words = NOT_CAPTURES[name]
    with pytest.raises(CaptureError, match=words) as raised:
        open_capture(io.BytesIO(data))
    assert "\n" not in str(raised.value)


@slow
@given(
    st.sampled_from(SMALL),
    st.lists(st.integers(1, 200), min_size=1, max_size=5),
    st.integers(1, 5),
    st.integers(1, 300),
)
def test_however_the_bytes_are_cut_the_records_are_the_same(
    name: str, sizes: list[int], max_frames: int, read_bytes: int
) -> None:
    expected = read(ZOO[name])
    records, reader = read_all(ZOO[name], sizes=sizes, max_frames=max_frames, read_bytes=read_bytes)
    assert records == expected.records
    assert [d.offset for d in reader.health.damage] == (
        [] if expected.damage is None else [expected.damage]
    )


@pytest.mark.parametrize("name", SMALL)
def test_cut_at_any_byte_the_capture_gives_a_prefix(name: str) -> None:
    whole = read(ZOO[name]).records
    for size in range(len(ZOO[name])):
        try:
            records, reader = read_all(ZOO[name][:size])
        except CaptureError:
            continue
        assert records == whole[: len(records)]
        cut = read(ZOO[name][:size])
        assert len(records) == len(cut.records)
        assert bool(reader.health.damage) == (cut.damage is not None)


@slow
@given(
    st.sampled_from(SMALL),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6),
    st.binary(max_size=40),
)
def test_flipped_bytes_are_read_as_the_naive_reader_reads_them(
    name: str, flips: list[tuple[int, int]], tail: bytes
) -> None:
    capture = bytearray(ZOO[name] + tail)
    for at, value in flips:
        capture[at % len(capture)] = value
    try:
        records, reader = read_all(bytes(capture))
    except CaptureError:
        return
    expected = read(bytes(capture))
    assert records == expected.records
    assert bool(reader.health.damage) == (expected.damage is not None)


@slow
@given(
    st.sampled_from(["gzip", "zstd"]),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=3),
    st.integers(0, 10_000),
)
def test_flipped_bytes_in_a_compressed_capture_never_crash(
    compression: str, flips: list[tuple[int, int]], cut: int
) -> None:
    noise = random.Random(1).randbytes(600)
    plain = pcap(*((US + i, noise[i : i + 60]) for i in range(40)))
    packed = bytearray(gzip.compress(plain) if compression == "gzip" else zstandard.compress(plain))
    for at, value in flips:
        packed[at % len(packed)] = value
    try:
        records, reader = read_all(bytes(packed[: max(20, cut)]))
    except CaptureError:
        return
    assert len(records) == reader.health.packets


def test_records_are_numbered_from_one_over_all_blocks() -> None:
    records, _ = read_all(pcap(*[(US, ARP)] * 10), max_frames=3)
    assert [r.frame for r in records] == list(range(1, 11))


def test_format_compression_and_hash_are_known(tmp_path: Path) -> None:
    path = tmp_path / "named_wrongly.txt"
    path.write_bytes(gzip.compress(ZOO["late_interface"]))
    with open_capture(path, sha256=True) as reader:
        assert (reader.format, reader.compression, reader.name) == ("pcapng", "gzip", str(path))
        before_the_end = reader.sha256
        assert reader.size == path.stat().st_size
        assert sum(len(b.offset) for b in reader.blocks()) == 2
    assert reader.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert before_the_end is None
    assert reader.bytes_read == reader.size
    assert [i.name for i in reader.interfaces] == ["eth0", "eth1"]


def test_hash_covers_what_lies_behind_the_damage() -> None:
    capture = ZOO["impossible_length"]
    with open_capture(io.BytesIO(capture), sha256=True) as reader:
        assert sum(len(b.offset) for b in reader.blocks()) == 1
    assert reader.sha256 == hashlib.sha256(capture).hexdigest()


def test_a_capture_is_read_once() -> None:
    with open_capture(io.BytesIO(ZOO["two_packets"])) as reader:
        list(reader.blocks())
        with pytest.raises(RuntimeError, match="read once"):
            next(reader.blocks())


def test_a_read_error_in_the_middle_is_damage() -> None:
    class Failing(io.BytesIO):
        def readinto1(self, buffer: memoryview) -> int:  # type: ignore[override]
            if self.tell() >= 512:
                raise OSError(5, "Input/output error")
            return super().readinto1(buffer[: 512 - self.tell()])

    capture = pcap(*[(US, ARP)] * 10)
    with open_capture(Failing(capture)) as reader:
        assert sum(len(b.offset) for b in reader.blocks()) == (512 - 24) // 76
    (damage,) = reader.health.damage
    assert damage.message == "reading failed (Input/output error)"


def test_window_does_not_grow_with_the_capture() -> None:
    sizes = set()
    stream = io.BytesIO(pcap(*[(US, bytes(60_000))] * 100))
    with open_capture(stream) as reader:
        for block in reader.blocks():
            sizes.add(len(block.data))
    assert len(sizes) == 1
    assert sizes.pop() < 2 << 20


def test_shared_captures_have_as_many_packets_as_their_index_says(shared_data: Path) -> None:
    with (shared_data / "captures" / "index.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            path = shared_data / "captures" / row["path"]
            if row["family"] == "edge" or not path.exists():
                continue
            with open_capture(path) as reader:
                packets = sum(len(b.offset) for b in reader.blocks())
            assert (row["path"], packets) == (row["path"], int(row["packets"]))


def test_odd_shared_captures_are_read_without_a_crash(shared_data: Path) -> None:
    for path in sorted((shared_data / "captures" / "edge").iterdir()):
        with open_capture(path) as reader:
            packets = sum(len(b.offset) for b in reader.blocks())
        assert reader.health.packets == packets
