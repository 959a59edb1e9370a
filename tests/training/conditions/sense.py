"""What must hold of a moved capture, whatever the condition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from netad_pcap.training.conditions import Moved
from netad_pcap.training.conditions.direction import sequence_length
from netad_pcap.training.conditions.headers import ACK, SYN
from netad_pcap.training.conditions.recording import TCP, UDP, Packet

__all__ = ["assert_sense", "five_tuples", "impossible_acknowledgments", "ways"]


def five_tuples(moved: Moved) -> list[Any]:
    """Both ends in one order and the protocol, of each packet by time; None without IP."""
    identity = moved.recording.ends.identity
    keys: list[Any] = []
    for packet in moved.packets:
        at = packet.origin
        ends = [
            (identity[f"{end}_ip"][at].tobytes(), int(identity[f"{end}_port"][at]))
            for end in ("src", "dst")
        ]
        protocol = int(identity["protocol"][at])
        keys.append((*sorted(ends), protocol) if protocol >= 0 else None)
    return keys


def ways(moved: Moved) -> dict[Any, list[Packet]]:
    """Packets of each five-tuple and way, by time."""
    found: dict[Any, list[Packet]] = defaultdict(list)
    for key, packet in zip(five_tuples(moved), moved.packets, strict=True):
        if key is not None:
            found[key, packet.way].append(packet)
    return found


def impossible_acknowledgments(packets: Sequence[Packet], keys: Sequence[Any]) -> Iterator[Packet]:
    """TCP packets that acknowledge bytes of which none has been seen yet."""
    top: dict[Any, int] = {}
    for key, packet in zip(keys, packets, strict=True):
        if packet.protocol != TCP:
            continue
        mine, other = (key, packet.way), (key, 1 - packet.way)
        if packet.flags & SYN and not packet.flags & ACK:
            top.pop(other, None)
            top[mine] = packet.sequence
        if packet.flags & ACK and other in top and _ahead(packet.acknowledgment, top[other]):
            yield packet
            top[other] = packet.acknowledgment
        end = (packet.sequence + sequence_length(packet)) % (1 << 32)
        if mine not in top or _ahead(end, top[mine]) or packet.flags & SYN:
            top[mine] = end


def assert_sense(moved: Moved, before: Moved) -> None:
    """Time runs forward, ways keep their order, answers come behind what they answer.

    Args:
        moved: under a condition.
        before: the same capture under `identity`.
    """
    times = [packet.time_ns for packet in moved.packets]
    assert times == sorted(times)
    for packets in ways(moved).values():
        origins = [packet.origin for packet in packets if not packet.again]
        assert origins == sorted(origins)
    impossible = list(impossible_acknowledgments(moved.packets, five_tuples(moved)))
    already = list(impossible_acknowledgments(before.packets, five_tuples(before)))
    assert len(impossible) <= len(already), impossible[:1]
    _assert_answers_follow(moved)


def _assert_answers_follow(moved: Moved) -> None:
    """The first datagram from the one who is asked is behind the first question."""
    asked: set[Any] = set()
    for key, packet in zip(five_tuples(moved), moved.packets, strict=True):
        if packet.protocol != UDP:
            continue
        if packet.way == 0:
            asked.add(key)
        else:
            assert key in asked


def _ahead(one: int, other: int) -> bool:
    return 0 < (one - other) % (1 << 32) < 1 << 31
