from __future__ import annotations

import gzip
import random
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture.zoo import US, pcap, read_all
from tests.naive.records import read

_NOISE = random.Random(3).randbytes(70_000)
PLAIN = pcap(*((US + i, _NOISE[i * 60 : i * 60 + 60] + bytes(200)) for i in range(1000)))
WHOLE = read(PLAIN).records
PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
}


@pytest.mark.parametrize("name", PACK)
def test_compressed_capture_is_read_whole(name: str) -> None:
    records, reader = read_all(PACK[name](PLAIN))
    assert records == WHOLE
    assert reader.compression == name
    assert reader.health.whole


@pytest.mark.parametrize("name", PACK)
def test_members_in_a_row_are_one_capture(name: str) -> None:
    pack = PACK[name]
    packed = pack(PLAIN[:7]) + pack(b"") + pack(PLAIN[7:30_011]) + pack(PLAIN[30_011:])
    assert read_all(packed)[0] == WHOLE
    assert read_all(packed, sizes=[1, 3, 1000])[0] == WHOLE


def test_zstd_multi_frame_with_skippable_frames() -> None:
    skippable = b"\x50\x2a\x4d\x18" + (9000).to_bytes(4, "little") + bytes(9000)
    pack = PACK["zstd"]
    records, reader = read_all(pack(PLAIN[:999]) + skippable + pack(PLAIN[999:]) + skippable)
    assert records == WHOLE
    assert reader.health.whole


def test_zeros_behind_gzip_are_padding() -> None:
    records, reader = read_all(gzip.compress(PLAIN) + bytes(100_000))
    assert records == WHOLE
    assert reader.health.whole


def test_other_bytes_behind_gzip_are_damage() -> None:
    records, reader = read_all(gzip.compress(PLAIN) + b"more")
    assert records == WHOLE
    assert reader.health.damage[0].message == "what follows the gzip data is not gzip"
    assert reader.health.damage[0].frame == 1001


@pytest.mark.parametrize("name", PACK)
def test_cut_member_gives_what_was_read_and_damage(name: str) -> None:
    packed = PACK[name](PLAIN[:200_000]) + PACK[name](PLAIN[200_000:])
    records, reader = read_all(packed[:-2000])
    assert 0 < len(records) < 1000
    assert records == WHOLE[: len(records)]
    (damage,) = reader.health.damage
    assert damage.message == f"the {name} data are cut off"
    assert damage.frame == len(records) + 1


@pytest.mark.parametrize("name", PACK)
def test_cut_checksum_is_damage_behind_the_last_record(name: str) -> None:
    records, reader = read_all(PACK[name](PLAIN)[:-1])
    assert records == WHOLE
    assert reader.health.damage[0].message == f"the {name} data are cut off"
    assert reader.health.damage[0].offset == len(PLAIN)


def test_wrong_gzip_checksum_is_damage_behind_the_last_record() -> None:
    packed = bytearray(gzip.compress(PLAIN))
    packed[-5] ^= 1
    records, reader = read_all(bytes(packed))
    assert records == WHOLE
    assert "incorrect" in reader.health.damage[0].message


@settings(deadline=None, max_examples=30)
@given(
    st.sampled_from(sorted(PACK)),
    st.integers(30, 60_000),
    st.lists(st.integers(1, 9000), min_size=1),
)
def test_damage_takes_the_same_bytes_however_they_are_read(
    name: str, at: int, sizes: list[int]
) -> None:
    packed = bytearray(PACK[name](PLAIN))
    packed[at % len(packed)] ^= 0x55
    try:
        expected, whole = read_all(bytes(packed))
    except Exception as error:
        with pytest.raises(type(error)):
            read_all(bytes(packed), sizes=sizes)
        return
    records, reader = read_all(bytes(packed), sizes=sizes)
    assert records == expected
    assert reader.health.damage == whole.health.damage
    assert records == WHOLE[: len(records)] or whole.health.damage


def test_little_input_that_unpacks_to_much_is_read_in_pieces() -> None:
    plain = pcap(*[(US, bytes(60_000))] * 500)
    for pack in PACK.values():
        _, reader = read_all(pack(plain), max_frames=4)
        assert reader.health.packets == 500
