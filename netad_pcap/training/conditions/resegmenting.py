"""Other segments of the same TCP bytes: split to an MTU, merged as offloads do.

A host that sends shows a merged segment before the card cuts it (TSO): when its first piece
went. One that receives shows it when the last piece is in (GRO), and acknowledges it once:
pure acknowledgments of pieces in between go.
"""

from __future__ import annotations

from dataclasses import replace

from netad_pcap.training.conditions.direction import sequence_length
from netad_pcap.training.conditions.headers import ACK, PSH, SYN, read_tcp, with_mss
from netad_pcap.training.conditions.recording import TCP, Conversation, Packet
from netad_pcap.training.conditions.table import Condition

__all__ = ["resegment"]

#: Segments that lie so far apart are not merged: a card waits no longer.
_MERGED_WITHIN_NS = 1_000_000
#: The pieces of a split segment follow each other as at one gigabit per second.
_NS_PER_BYTE = 8
_HEADERS = 40  # what an MTU leaves for: IPv4 and TCP without options
_LONGEST_IP = 65_535


def resegment(conversation: Conversation, condition: Condition) -> None:
    """Changes the packets of a conversation; only whole TCP packets that can be read.

    Args:
        conversation: its packets are replaced.
        condition: `mtu` and `merge_bytes` of it.
    """
    if conversation.protocol != TCP:
        return
    near = 0 if condition.near == "client" else 1
    if condition.merge_bytes:
        conversation.packets = _merged(conversation.packets, condition.merge_bytes, near)
    if condition.mtu:
        conversation.packets = _split(conversation.packets, condition.mtu)


def _merged(packets: list[Packet], most: int, near: int) -> list[Packet]:
    result: list[Packet] = []
    behind_all = [-1, -1]  # the number behind the highest byte, by way
    at = 0
    while at < len(packets):
        run, behind = _run(packets, at, most)
        way, top = run[0].way, behind_all[run[0].way]
        fresh = top < 0 or (run[0].sequence - top) % (1 << 32) < 1 << 31
        if fresh:
            behind_all[way] = (run[0].sequence + sum(map(sequence_length, run))) % (1 << 32)
        # What is sent again may lie across old and new bytes: it stays as it is.
        if len(run) > 1 and fresh:
            whole = _as_one(run, run[0] if run[0].way == near else run[-1])
            if whole is not None:
                result.append(whole)
                at = behind
                continue
        result.append(packets[at])
        at += 1
    return result


def _run(packets: list[Packet], first: int, most: int) -> tuple[list[Packet], int]:
    """Segments from `first` on that may be merged, and the place behind the last of them."""
    head = packets[first]
    run, size, behind = [head], head.payload, first + 1
    if not _plain(head):
        return run, behind
    for at in range(first + 1, len(packets)):
        packet = packets[at]
        # A card hands on what it has when a segment is pushed or shorter than the first.
        if run[-1].flags & PSH or run[-1].payload < head.payload:
            break
        if packet.way != head.way:
            if packet.payload or packet.flags != ACK:
                break
            continue
        follows = (head.sequence + size) % (1 << 32) == packet.sequence
        alike = _plain(packet) and packet.acknowledgment == head.acknowledgment
        close = packet.time_ns - head.time_ns <= _MERGED_WITHIN_NS
        if not (follows and alike and close) or size + packet.payload > most:
            break
        run.append(packet)
        size += packet.payload
        behind = at + 1
    return run, behind


def _plain(packet: Packet) -> bool:
    return packet.payload > 0 and packet.flags in (ACK, ACK | PSH)


def _as_one(run: list[Packet], seen_as: Packet) -> Packet | None:
    frames = [read_tcp(packet.data, packet.wire, packet.link_type) for packet in run]
    read = [frame for frame in frames if frame is not None]
    if len(read) < len(run):
        return None
    payload = b"".join(frame.payload for frame in read)
    if read[0].body - read[0].ip + len(payload) > _LONGEST_IP:
        return None
    flags = run[0].flags
    for packet in run:
        flags |= packet.flags
    data = read[0].changed(payload=payload, flags=flags)
    return replace(
        run[0], data=data, wire=len(data), time_ns=seen_as.time_ns, flags=flags,
        payload=len(payload), origin=seen_as.origin,
    )  # fmt: skip


def _split(packets: list[Packet], mtu: int) -> list[Packet]:
    result: list[Packet] = []
    for number, packet in enumerate(packets):
        frame = None
        if packet.protocol == TCP and (packet.flags & SYN or packet.wire > mtu):
            frame = read_tcp(packet.data, packet.wire, packet.link_type)
        if frame is not None and not packet.flags & SYN and frame.end - frame.ip <= mtu:
            frame = None
        if frame is None:
            result.append(packet)
        elif packet.flags & SYN:
            result.append(replace(packet, data=with_mss(frame, mtu - _HEADERS)))
        else:
            most = max(mtu - (frame.body - frame.ip), 1)
            following = packets[number + 1].time_ns if number + 1 < len(packets) else None
            payload = frame.payload
            for piece, begin in enumerate(range(0, len(payload), most)):
                part = payload[begin : begin + most]
                last = begin + most >= len(payload)
                flags = packet.flags if last else packet.flags & ACK
                data = frame.changed(
                    payload=part, sequence=packet.sequence + begin, flags=flags, later_id=piece
                )
                time_ns = packet.time_ns + begin * _NS_PER_BYTE
                result.append(
                    replace(
                        packet, data=data, wire=len(data), flags=flags, payload=len(part),
                        sequence=(packet.sequence + begin) % (1 << 32),
                        time_ns=time_ns if following is None else min(time_ns, following),
                    )
                )  # fmt: skip
    return result
