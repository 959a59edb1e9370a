"""When packets are seen: what waits for what."""

from __future__ import annotations

from pathlib import Path

import pytest

from netad_pcap.training.conditions import CONDITIONS, Condition, Moved, move
from tests.cli.captures import arp, ethernet, udp
from tests.training.conditions.talks import START_US, handshake, moved, tcp

FAR = Condition("far", "", rtt_us=100_000)
ACK, FIN, SYN = 16, 1, 2


def times_us(capture: Moved) -> dict[int, int]:
    """Recorded frame → when it is seen, µs behind START_US."""
    return {p.origin: p.time_ns // 1_000 - START_US for p in capture.packets}


def rtt_us(capture: Moved, asked: int, answered: int, recorded_us: int) -> int:
    """The round trip that was drawn for the only far host."""
    seen = times_us(capture)
    return seen[answered] - seen[asked] - recorded_us


def test_an_answer_of_many_segments_takes_rounds(tmp_path: Path) -> None:
    """40 segments: ten come with the answer, the others in rounds that double (RFC 6928)."""
    frames = [*handshake(), (600, tcp(0, 1, 1, 24, b"GET"))]
    for i in range(40):
        frames.append((1_000 + 20 * i, tcp(1, 1 + 1_448 * i, 4, 16, bytes(1_448))))
        frames.append((1_010 + 20 * i, tcp(0, 4, 1 + 1_448 * (i + 1), ACK)))
    capture = moved(frames, FAR, tmp_path)
    rtt = rtt_us(capture, 0, 1, 500)
    seen = times_us(capture)
    rounds = [round((seen[4 + 2 * i] - seen[4]) / rtt) for i in range(40)]
    assert rounds == [0] * 10 + [1] * 20 + [2] * 10


def test_lag_does_not_add_up_for_one_who_waits_for_the_clock(tmp_path: Path) -> None:
    """A poll every 10 s stays a poll every 10 s; one every 0.1 s is put off by each answer."""
    for period_us, late in ((10_000_000, 0), (100_000, 1)):
        frames = handshake()
        for i in range(5):
            at_us = 1_000 + period_us * (i + 1)
            frames.append((at_us, tcp(0, 1 + 4 * i, 1 + 4 * i, 24, b"poll")))
            frames.append((at_us + 300, tcp(1, 1 + 4 * i, 5 + 4 * i, 24, b"here")))
        capture = moved(frames, FAR, tmp_path)
        rtt = rtt_us(capture, 0, 1, 500)
        seen, recorded = times_us(capture), dict(enumerate(t for t, _ in frames))
        assert abs(seen[11] - recorded[11] - late * rtt * 5) <= 10
        assert abs(seen[12] - seen[11] - 300 - rtt) <= 1


def test_a_connection_waits_for_the_name_of_its_server(tmp_path: Path) -> None:
    frames = [
        (0, udp("10.0.0.1", "10.0.0.53", 5_000, 53, b"who")),
        (800, udp("10.0.0.53", "10.0.0.1", 53, 5_000, b"he")),
        (1_000, tcp(0, 0, 0, SYN)),
    ]
    seen = times_us(moved(frames, FAR, tmp_path))
    assert seen[1] > 50_000
    assert seen[2] - seen[1] == 200


def test_a_client_that_works_off_a_list_goes_on_when_it_is_done(tmp_path: Path) -> None:
    frames = [
        *handshake(), (900, tcp(0, 1, 1, FIN | ACK)), (1_400, tcp(1, 1, 2, FIN | ACK)),
        (1_450, tcp(0, 2, 2, ACK)),
        (41_450, tcp(0, 0, 0, SYN).replace(b"\x9c\x40\0\x50", b"\x9c\x41\0\x50")),
    ]  # fmt: skip
    seen = times_us(moved(frames, FAR, tmp_path))
    assert seen[5] > 150_000
    assert seen[6] - seen[5] == 40_000


def test_a_scan_waits_for_nobody(samples: Path) -> None:
    """Every probe goes when it was recorded to."""
    capture = move(samples / "port_scan.pcap", Condition("x", "", rtt_us=600_000))
    before = move(samples / "port_scan.pcap", CONDITIONS["identity"])
    recorded = {p.origin: p.time_ns for p in before.packets}
    probes = [
        p for p in capture.packets if p.flags == SYN and p.data[26:30] == bytes([10, 20, 0, 66])
    ]
    assert len(probes) == 449
    assert all(p.time_ns == recorded[p.origin] for p in probes)


def test_an_icmp_error_comes_behind_its_cause(tmp_path: Path) -> None:
    question = udp("10.0.0.1", "10.0.0.2", 4_000, 9)
    head = bytes([0x45, 0, 0, 56, 0, 1, 0, 0, 64, 1, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1])
    error = ethernet(head + b"\x03\x03" + bytes(6) + question[14:42])
    seen = times_us(moved([(0, question), (300, error)], FAR, tmp_path))
    assert seen[1] > 50_000


def test_frames_without_ip_stay(tmp_path: Path) -> None:
    seen = times_us(moved([(0, arp()), (700, arp())], CONDITIONS["satellite"], tmp_path))
    assert seen == {0: 0, 1: 700}


def test_two_streams_of_datagrams_keep_their_pace(tmp_path: Path) -> None:
    """A download with a report now and then: its packets are as far apart as they were."""
    frames = [(0, udp("10.0.0.1", "10.0.0.2", 7_000, 7_001, b"play"))]
    for i in range(60):
        frames.append((1_000 + 2_000 * i, udp("10.0.0.2", "10.0.0.1", 7_001, 7_000, bytes(900))))
        if i % 10 == 9:
            frames.append((1_100 + 2_000 * i, udp("10.0.0.1", "10.0.0.2", 7_000, 7_001, b"well")))
    seen = times_us(moved(frames, FAR, tmp_path))
    recorded = dict(enumerate(t for t, _ in frames))
    lags = {seen[i] - recorded[i] for i, (_, f) in enumerate(frames) if len(f) > 900}
    assert max(lags) - min(lags) <= 0
    assert min(lags) > 50_000


@pytest.mark.parametrize(("bits_per_s", "gap_us"), [(1_000_000, 12_016), (10_000_000, 1_201)])
def test_a_thin_link_spreads_a_burst(bits_per_s: int, gap_us: int, tmp_path: Path) -> None:
    frames = [*handshake(), (600, tcp(0, 1, 1, 24, b"GET"))]
    frames += [(1_000 + i, tcp(1, 1 + 1_448 * i, 4, 16, bytes(1_448))) for i in range(8)]
    seen = times_us(moved(frames, Condition("thin", "", bits_per_s=bits_per_s), tmp_path))
    gaps = [seen[i + 1] - seen[i] for i in range(4, 11)]
    assert all(gap_us <= gap <= gap_us + 1 for gap in gaps)


def test_a_later_acknowledgment_waits_for_the_segment_that_came_late(tmp_path: Path) -> None:
    """Two segments before the first acknowledgment; the link lets the second through later."""
    frames = [
        *handshake(), (600, tcp(0, 1, 1, 24, b"GET")),
        (1_000, tcp(1, 1, 4, 16, bytes(1_448))), (1_020, tcp(1, 1_449, 4, 16, bytes(1_448))),
        (1_040, tcp(0, 4, 1_449, ACK)), (1_060, tcp(0, 4, 2_897, ACK)),
    ]  # fmt: skip
    seen = times_us(moved(frames, Condition("thin", "", bits_per_s=1_000_000), tmp_path))
    assert seen[5] - seen[4] > 10_000
    assert seen[6] - seen[4] < 100
    assert seen[7] - seen[5] == 40


def test_bytes_that_the_recording_lacks_are_acknowledged_behind_what_it_has(tmp_path: Path) -> None:
    """The first of a capture begun late is a probe; its answer speaks of a byte never seen."""
    frames = [(0, tcp(1, 1, 1, ACK)), (35, tcp(0, 1, 2, ACK))]
    condition = Condition("slow", "", "server", bits_per_s=10_000)
    capture = moved(frames, condition, tmp_path)
    assert [p.origin for p in capture.packets] == [0, 1]
    assert times_us(capture)[0] > 40_000
