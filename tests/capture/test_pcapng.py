from __future__ import annotations

import struct
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture.zoo import ARP, T0, US, ZOO, enhanced, interface, read_all, section

EARLIEST_US, LATEST_US = -(2**52), 2**63 - 1 - 2**52


@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("tsresol_2_pow", [US + 2]),  # 3 * 2^-20 s = 2.86 µs
        ("tsresol_2_pow_60", [9_000_000]),
        ("tsresol_seconds", [US]),
        ("tsresol_ns", [US]),
        ("tsresol_too_fine", [0]),
        ("tsoffset", [US + 77]),
        ("simple_packets", [0, 0]),
        ("obsolete_packets", [US]),
    ],
)
def test_time_stamps_are_floored_to_microseconds(name: str, times: list[int]) -> None:
    records, _ = read_all(ZOO[name])
    assert [r.time_us for r in records] == times


@settings(deadline=None, max_examples=500)
@given(st.integers(0, 255), st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**64 - 1))
def test_any_resolution_and_offset_is_exact_within_the_limits(
    tsresol: int, tsoffset: int, ticks: int
) -> None:
    tick = Fraction(1, (2 if tsresol & 0x80 else 10) ** (tsresol & 0x7F))
    # The offset itself is kept within half the range of times.
    offset_us = max(-LATEST_US // 2, min(LATEST_US // 2, tsoffset * 10**6))
    exact = min(floor(ticks * tick * 10**6), LATEST_US) + offset_us
    capture = section() + interface(tsresol=tsresol, tsoffset=tsoffset) + enhanced(ticks, ARP)
    ((time_us, *_),), _ = read_all(capture)
    assert time_us == max(EARLIEST_US, min(LATEST_US, exact))


@pytest.mark.parametrize(
    ("name", "behind"),
    [
        ("late_interface", [False, False]),
        ("two_sections", [False, False]),
        ("two_link_types", [False, True, True]),
        ("two_snaplens", [False, True]),
        ("above_snaplen", [False, True]),
        ("two_byte_orders", [False, True]),
        ("tsresol_too_fine", [True]),
        ("section_of_version_1_1", [True]),
    ],
)
def test_packets_behind_the_stop_of_the_java_tool_are_marked(name: str, behind: list[bool]) -> None:
    records, _ = read_all(ZOO[name])
    assert [r.behind for r in records] == behind


def test_interfaces_are_numbered_over_all_sections() -> None:
    records, reader = read_all(ZOO["two_sections"])
    assert [r.interface for r in records] == [0, 1]
    assert [i.number for i in reader.interfaces] == [0, 1]


def test_interfaces_are_described() -> None:
    capture = section() + interface(113, 96, tsresol=0x8A, name="any") + enhanced(T0 << 10, ARP)
    _, reader = read_all(capture)
    (described,) = reader.interfaces
    assert (described.name, described.link_type, described.snaplen, described.ticks) == (
        "any",
        113,
        96,
        "2^-10 s",
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("garbage_block", "a block has an impossible length (29)"),
        ("unequal_lengths", "the two lengths of a block differ"),
        ("undescribed_interface", "a packet names interface 1, which is not described"),
        ("captured_above_block", "a packet is longer than its block (64 bytes)"),
        ("damaged_options", "the options of an interface are damaged"),
        ("section_of_version_2", "a section is of pcapng version 2; only 1 exists"),
        ("cut_in_unknown_block", "the file ends within a block"),
        ("section_cut", "the file ends within a record"),
    ],
)
def test_damage_says_what_is_wrong(name: str, message: str) -> None:
    _, reader = read_all(ZOO[name])
    assert [d.message for d in reader.health.damage] == [message]


def test_packet_block_of_impossible_size_is_damage_and_takes_no_memory() -> None:
    capture = section() + interface() + struct.pack("<II", 6, 0xFFFFFFF0) + bytes(40)
    _, reader = read_all(capture)
    assert reader.health.damage[0].message == "a packet block claims 4,294,967,280 bytes"


def test_more_interfaces_than_anybody_has_are_damage() -> None:
    _, reader = read_all(section() + interface() * 65_537)
    assert reader.health.damage[0].message == "more than 65,536 interfaces are described"
