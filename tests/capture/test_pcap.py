from __future__ import annotations

import pytest

from tests.capture.zoo import ARP, US, ZOO, pcap, read_all, record


@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("big_endian_ns", [US + 1]),
        ("little_endian_ns", [US + 1]),
        ("big_endian", [US]),
        ("before_1970", [-5]),
        ("clock_runs_back", [US, US - 12_000, US - 12_000, US + 7]),
    ],
)
def test_time_stamps_are_microseconds(name: str, times: list[int]) -> None:
    records, _ = read_all(ZOO[name])
    assert [r.time_us for r in records] == times


def test_little_endian_seconds_are_signed_as_in_libpcap() -> None:
    records, _ = read_all(pcap() + record(2**31 + 10, 0, 0, 0))
    assert records[0].time_us == (10 - 2**31) * 10**6


def test_big_endian_seconds_are_not_signed_as_in_libpcap() -> None:
    records, _ = read_all(pcap(order=">") + record(2**31 + 10, 0, 0, 0, ">"))
    assert records[0].time_us == (10 + 2**31) * 10**6


def test_record_longer_than_the_snapshot_length_is_cut_to_it() -> None:
    records, _ = read_all(ZOO["longer_than_snaplen"])
    assert [(r.captured, r.wire) for r in records] == [(64, 100), (60, 60)]


def test_wire_length_below_the_captured_length_is_kept() -> None:
    records, reader = read_all(ZOO["wire_shorter"])
    assert [(r.captured, r.wire) for r in records] == [(60, 50)]
    assert reader.health.wire_shorter == 1


def test_captured_length_of_262144_is_read_and_one_more_is_damage() -> None:
    assert read_all(ZOO["largest_record"])[1].health.packets == 2
    records, reader = read_all(ZOO["impossible_length"])
    assert len(records) == 1
    (damage,) = reader.health.damage
    assert (damage.offset, damage.frame) == (24 + 76, 2)
    assert damage.message == "a record claims 262,145 captured bytes, 262,144 is the limit"


def test_record_cut_by_the_end_of_the_file_is_damage_at_its_offset() -> None:
    _, reader = read_all(ZOO["truncated_last_record"])
    (damage,) = reader.health.damage
    assert (damage.offset, damage.frame) == (100, 2)


def test_nothing_is_behind_the_stop_of_the_java_tool() -> None:
    assert not any(r.behind for r in read_all(pcap(*[(US, ARP)] * 9))[0])


def test_link_type_without_the_bits_of_the_frame_check_sequence() -> None:
    assert read_all(ZOO["fcs_in_link_type"])[0][0].link_type == 1
