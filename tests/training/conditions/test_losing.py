"""Lost packets: seen again, or for the first time, when their sender has noticed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from netad_pcap.training.conditions import Condition, Moved, move
from netad_pcap.training.conditions.path import Path as Way
from netad_pcap.training.conditions.recording import Packet
from tests.cli.captures import udp
from tests.training.conditions.talks import START_US, handshake, moved, tcp, write_capture


def first_lost(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """The packet that chance is asked about as the `number`th is lost, no other."""
    asked = iter(range(1_000))
    monkeypatch.setattr(Way, "loses", lambda self, ways=1: next(asked) == number)


def segments(way: int, count: int) -> list[tuple[int, bytes]]:
    """A handshake, a question where the server speaks, and so many segments, acknowledged."""
    frames = [*handshake(), (600, tcp(0, 1, 1, 24, b"GET"))]
    ends = [4, 1]
    for i in range(count):
        at_us = 1_000 + 200 * i
        frames.append((at_us, tcp(way, ends[way], ends[1 - way], 24, bytes(100))))
        ends[way] += 100
        frames.append((at_us + 90, tcp(1 - way, ends[1 - way], ends[way], 16)))
    return frames


def told(capture: Moved, way: int) -> list[tuple[int, int, bool]]:
    """Sequence number, acknowledgment and whether it was sent again, of the packets of a way."""
    return [(p.sequence, p.acknowledgment, p.again) for p in capture.packets if p.way == way]


def of_data(capture: Moved, way: int) -> list[Packet]:
    return [p for p in capture.packets if p.way == way and p.payload == 100]


@pytest.mark.parametrize(("near", "seen"), [("server", 2), ("client", 1)])
def test_three_repeated_acknowledgments_tell_of_a_loss(
    near: str, seen: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second of six segments of the server is lost: behind the capture point, or before."""
    # Asked about: SYN, SYN+ACK, GET, then pure ACKs of the far end and the segments.
    number = {"client": 4, "server": 6}[near]
    first_lost(monkeypatch, number)
    condition = Condition("x", "", near, rtt_us=30_000, loss=0.5)  # type: ignore[arg-type]
    capture = moved(segments(1, 6), condition, tmp_path)
    data = [(p.sequence, p.again) for p in of_data(capture, 1)]
    lost = [entry for entry in data if entry[0] == 101]
    assert len(lost) == seen
    assert lost[-1] == (101, True)
    order = [sequence for sequence, _ in data]
    assert order.index(201) < order.index(401) < len(order) - 1 - order[::-1].index(101)
    repeated = [a for _, a, again in told(capture, 0) if again]
    assert repeated == [101, 101, 101, 501]


def test_without_followers_the_timer_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first_lost(monkeypatch, 4)
    condition = Condition("x", "", "client", rtt_us=30_000, loss=0.5)
    capture = moved(segments(1, 2), condition, tmp_path)
    first, second = of_data(capture, 1)
    assert (first.sequence, first.again) == (1, False)
    assert (second.sequence, second.again) == (101, True)
    assert second.time_ns - first.time_ns >= 200_000_000
    acknowledged = [p for p in capture.packets if p.way == 0 and p.acknowledgment == 201]
    assert acknowledged[0].time_ns > second.time_ns


def test_a_lost_syn_is_sent_again_after_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_lost(monkeypatch, 0)
    capture = moved(segments(1, 1), Condition("x", "", loss=0.5), tmp_path)
    syns = [p.time_ns for p in capture.packets if p.flags == 2]
    assert [t - START_US * 1_000 for t in syns] == [0, 1_000_000_000]
    answer = next(p for p in capture.packets if p.flags == 18)
    assert answer.time_ns == syns[1] + 500_000


def test_a_lost_question_is_asked_again(tmp_path: Path) -> None:
    """DNS: asked a second time a second later, answered once; the same five-tuple."""
    frames = [
        (0, udp("10.0.0.1", "10.0.0.53", 5_000, 53, b"who")),
        (800, udp("10.0.0.53", "10.0.0.1", 53, 5_000, b"he")),
    ]
    capture = moved(frames, Condition("x", "", loss=0.999999), tmp_path)
    assert [(p.way, p.time_ns // 1_000 - START_US) for p in capture.packets] == [
        (0, 0), (0, 1_000_000), (1, 1_000_800),
    ]  # fmt: skip


def test_scans_and_floods_are_spared(samples: Path) -> None:
    """Their packets are all there, and none twice."""
    heavy = Condition("x", "", "server", loss=0.5)
    capture = move(samples / "syn_flood.pcap", heavy, seed=1)
    flood = [p.origin for p in capture.packets if p.data[26] == 198 and p.data[27] in (18, 19)]
    assert len(flood) == len(set(flood)) == 1_300


def test_as_many_are_lost_as_the_condition_says(tmp_path: Path) -> None:
    """Of 4,000 segments of the near end some 2% are seen twice."""
    frames = handshake()
    for i in range(4_000):
        frames.append((1_000 + 20_000 * i, tcp(0, 1 + 100 * i, 1, 24, bytes(100))))
        frames.append((1_090 + 20_000 * i, tcp(1, 1, 101 + 100 * i, 16)))
    capture = write_capture([(START_US + t, f) for t, f in frames], tmp_path / "long.pcap")
    twice = [
        sum(p.again for p in move(capture, Condition("x", "", loss=0.02), seed).packets)
        for seed in (1, 2, 3)
    ]
    assert 55 <= np.mean(twice) <= 110
