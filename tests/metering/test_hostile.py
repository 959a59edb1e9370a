"""Hostile captures through the native meter: every packet accounted for, in bounded time."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import numpy as np
import pytest

from netad_pcap.flows import FlowBatch
from netad_pcap.metering.meter import CaptureRead, meter
from netad_pcap.metering.rules import PROFILES
from tests.capture import zoo
from tests.capture.zoo import US
from tests.fuzz.checks import check_capture
from tests.metering.made_frames import MACS, ethernet, ipv4, ipv6, tcp, u16, udp

YEAR_US = 31_557_600_000_000
GOOD = ethernet(ipv4(tcp(b"hello")))


def of(*frames: bytes, link_type: int = 1) -> bytes:
    """A capture of frames, a millisecond apart."""
    stamped = [(US + 1_000 * i, frame) for i, frame in enumerate(frames)]
    return zoo.pcap(*stamped, link_type=link_type)


def chain(*numbers: int, size: int = 0) -> bytes:
    """IPv6 extension headers, each of which names the next."""
    return b"".join(bytes([n, size]) + bytes(6) for n in numbers)


def patched(frame: bytes, at: int, value: bytes) -> bytes:
    return frame[:at] + value + frame[at + len(value) :]


#: Name → the capture, and what becomes of its packets (default mode, cic-fixed).
HOSTILE: dict[str, tuple[bytes, dict[str, int]]] = {
    "total_length_lies": (
        of(*(ethernet(ipv4(tcp(b"hello"), total=t)) for t in (0, 1, 19, 20, 39, 46, 65_535))),
        {"metered": 7},
    ),
    "header_lengths_lie": (
        of(*(patched(GOOD, 14, bytes([0x40 | n])) for n in range(16))),
        {"bad_ip_header": 9, "metered": 7},
    ),
    "tcp_offset_lies": (
        of(*(patched(GOOD, 46, bytes([n << 4])) for n in range(16))),
        {"decode_failed": 3, "metered": 13},
    ),
    "headers_beyond_the_packet": (
        of(*(GOOD[:n] for n in range(len(GOOD)))),
        {"cut_before_ip": 33, "empty_frame": 1, "metered": len(GOOD) - 34},
    ),
    "endless_vlan_tags": (
        of(MACS + b"\x81\x00\x81\x00" * 16_000, MACS + b"\x88\xa8\x00\x05" * 16_000 + b"\x08\0"),
        {"cut_before_ip": 2},
    ),
    "endless_mpls": (of(ethernet(bytes(60_000), 0x8847)), {"cut_before_ip": 1}),
    "endless_pppoe": (
        of(ethernet(b"\x11\0\0\1\0\0\x02\x81" * 8_000, 0x8864)),
        {"cut_before_ip": 1},
    ),
    "ip_in_ip_in_ip": (of(ethernet((ipv4(b"", 4, total=0)) * 3_000)), {"metered": 1}),
    "options_of_no_length": (
        of(*(ethernet(ipv4(tcp(), options=bytes([kind, 0, 0, 0]))) for kind in (7, 68, 131, 148))),
        {"metered": 4},
    ),
    "options_that_lead_out": (
        of(ethernet(ipv4(tcp(), options=b"\x07\xff\0\0")), ethernet(ipv4(b"", options=b"\7" * 40))),
        {"metered": 2},
    ),
    "extension_header_loop": (
        of(ethernet(ipv6(chain(*[0] * 7_000), 0), 0x86DD)),
        {"bad_ip_header": 1},
    ),
    "extension_headers_that_lead_out": (
        of(ethernet(ipv6(chain(60, 60, size=255), 0), 0x86DD), ethernet(ipv6(b"", 0), 0x86DD)),
        {"bad_ip_header": 2},
    ),
    "authentication_header_loop": (
        of(ethernet(ipv6(chain(*[51] * 99), 51), 0x86DD)),
        {"bad_ip_header": 1},
    ),
    "fragments_of_fragments": (
        of(ethernet(ipv6((b"\x2c\0\0\1\0\0\0\7") * 500, 44), 0x86DD)),
        {"bad_ip_header": 1},
    ),
    "udp_length_lies": (
        of(*(ethernet(ipv4(patched(udp(b"q"), 4, u16(n)), 17)) for n in (0, 1, 7, 65_535))),
        {"metered": 4},
    ),
    "zero_length_records": (of(*[b""] * 500), {"empty_frame": 500}),
    "zero_length_raw_records": (of(*[b""] * 500, link_type=101), {"empty_frame": 500}),
    "four_gib_on_the_wire": (
        zoo.pcap((US, GOOD, 0xFFFFFFFF), (US + 1, GOOD, 0x80000000)),
        {"metered": 2},
    ),
    "four_gib_record": (
        of(GOOD) + zoo.record(zoo.T0, 0, 0xFFFFFFFF, 0xFFFFFFFF) + GOOD,
        {"metered": 1},
    ),
    "four_gib_block": (
        zoo.section()
        + zoo.interface()
        + zoo.enhanced(US, GOOD)
        + struct.pack("<II", 6, 0xFFFFFFFC)
        + bytes(99),
        {"metered": 1},
    ),
    "four_gib_unknown_block": (
        zoo.section() + zoo.interface() + zoo.enhanced(US, GOOD) + b"\x77\0\0\0\xfc\xff\xff\xff",
        {"metered": 1},
    ),
    "empty_blocks": (
        zoo.section() + zoo.interface() + zoo.block(9, b"") * 9_000 + zoo.enhanced(US, GOOD),
        {"metered": 1},
    ),
    "times_jump_by_years": (
        zoo.pcap(*((US + k % 3 * 10 * YEAR_US + k, GOOD) for k in range(300))),
        {"metered": 300},
    ),
    "times_run_back": (zoo.pcap(*((US - k * YEAR_US, GOOD) for k in range(40))), {"metered": 40}),
    "all_times_there_are": (
        zoo.section()
        + zoo.interface()
        + b"".join(zoo.enhanced(t, GOOD) for t in (0, 2**64 - 1, 1, 2**63, 2**62, 2**64 - 2)),
        {"metered": 6},
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_capture_holds(name: str) -> None:
    """All ways to meter it: no byte outside of a frame matters, twins agree, packets are
    conserved, cuts change nothing."""
    capture, _ = HOSTILE[name]
    assert check_capture(capture) > 0


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_packets_are_accounted_for(name: str, tmp_path: Path) -> None:
    capture, expected = HOSTILE[name]
    health = metered(tmp_path, capture, "cic-fixed")[1].health
    assert health.packets == health.metered + sum(health.ignored.values())
    found = {"metered": health.metered} if health.metered else {}
    assert found | dict(health.ignored) == expected


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("profile", PROFILES)
def test_a_million_one_packet_flows(profile: str, strict: bool, tmp_path: Path) -> None:
    """A twentieth of them here; `make bench` has a million open at once."""
    n = 50_000
    frame = np.frombuffer(zoo.record(zoo.T0, 0, 54, 54) + ethernet(ipv4(tcp())), "u1")
    records = np.tile(frame, (n, 1))
    records[:, 16 + 26 : 16 + 30] = np.arange(n, dtype=">u4").view("u1").reshape(n, 4)
    flows, read = metered(tmp_path, zoo.pcap() + records.tobytes(), profile, strict=strict)
    assert read.health.metered == n
    one_packet_rows = not strict or profile.startswith("cic-fixed")
    assert sum(map(len, flows)) == (n if one_packet_rows else 0)


def test_a_hundred_years_of_silence_take_no_time(tmp_path: Path) -> None:
    begun = time.process_time()
    capture = zoo.pcap(*((US + k % 2 * 40 * YEAR_US, GOOD) for k in range(20_000)))
    _, read = metered(tmp_path, capture, "cic-fixed")
    assert read.health.metered == 20_000
    assert time.process_time() - begun < 20


def metered(
    folder: Path, capture: bytes, profile: str, *, strict: bool = False
) -> tuple[list[FlowBatch], CaptureRead]:
    """Flows of the native meter, and what it says of the capture."""
    path = folder / "hostile.pcap"
    path.write_bytes(capture)
    reads: list[CaptureRead] = []
    flows = list(meter(path, profile=profile, strict=strict, meter="native", reads=reads))
    return flows, reads[0]
