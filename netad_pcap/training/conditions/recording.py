"""A recorded capture in memory: its packets, sorted into conversations with two ways.

The decoder is the meters' own, so a conversation here is what flows are cut from there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netad_pcap.capture import FrameBlock, Interface, open_capture
from netad_pcap.flows import FlowBatch
from netad_pcap.metering.decode import decode_block
from netad_pcap.metering.packets import LATER_FRAGMENT, MORE_FRAGMENTS
from netad_pcap.training.conditions.headers import ACK, SYN, icmp_quotes

__all__ = ["TCP", "UDP", "Conversation", "Packet", "Recording", "read_recording"]

TCP, UDP = 6, 17
_ICMP = (1, 58)
_PLAIN = frozenset({TCP, UDP, *_ICMP})
#: UDP ports that carry whole packets: L2TP, GTP-U, VXLAN, Geneve. Each way has ports of its own.
_TUNNEL_PORTS = frozenset({1701, 2152, 4789, 6081, 8472})
#: Stamps beyond the year 2200 are no time of day; nanoseconds of them would not fit.
_LATEST_US = 7_258_118_400_000_000
#: An end: address (16 bytes, IPv4 mapped) and port.
_End = tuple[bytes, int]


@dataclass(slots=True)
class Packet:
    """One record.

    Attributes:
        data: the captured bytes.
        wire: length on the wire.
        time_ns: nanoseconds since 1970.
        interface: number of its interface; link_type: LINKTYPE_ number.
        origin: number of the recorded frame that it is or was made of, from 0.
        way: 0 from the one who opened the conversation, 1 from the one who is asked.
        protocol: of IP; flags, sequence, acknowledgment: TCP's, else 0.
        payload: bytes carried.
        again: sent again because it, or what it answers, was lost.
    """

    data: bytes
    wire: int
    time_ns: int
    interface: int
    link_type: int
    origin: int
    way: int = 0
    protocol: int = 0
    flags: int = 0
    sequence: int = 0
    acknowledgment: int = 0
    payload: int = 0
    again: bool = False


@dataclass(eq=False)
class Conversation:
    """The packets of one five-tuple, in the order of the capture.

    Attributes:
        client: the end that opened it.
        server: the other.
        protocol: of IP.
        is_tunnel: it carries packets of others, of which nothing is known here: all of two hosts
            are one conversation, in which each waits for the last of the other way.
    """

    client: _End
    server: _End
    protocol: int
    is_tunnel: bool = False
    packets: list[Packet] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Recording:
    """A capture as it was read.

    Attributes:
        name: as the user named it.
        interfaces: that it describes.
        conversations: of all packets with IP.
        strangers: frames that belong to none (ARP and the like).
        ends: each frame as the first packet of a flow, identity columns only [frames];
            protocol −1 and no address where it was not metered.
    """

    name: str
    interfaces: list[Interface]
    conversations: list[Conversation]
    strangers: list[Packet]
    ends: FlowBatch


def read_recording(source: str | os.PathLike[str]) -> Recording:
    """Reads a whole capture.

    Args:
        source: path of a pcap or pcapng.

    Raises:
        CaptureError: it cannot be read.
    """
    book = _Book()
    identity: list[dict[str, Any]] = []
    with open_capture(source) as reader:
        for block in reader.blocks():
            decoded = decode_block(block, profile="cic-fixed", strict=False)
            block = block._replace(time_us=np.clip(block.time_us, 0, _LATEST_US))
            identity.append(_identity(block, decoded.row, decoded.packets))
            row_of = np.full(len(block.frame), -1)
            row_of[decoded.row] = np.arange(len(decoded.row))
            rows = list(_fields(decoded.packets))
            for packet, row in zip(_records(block), row_of.tolist(), strict=True):
                book.add(packet, rows[row] if row >= 0 else None)
        interfaces = reader.interfaces
    columns = {
        name: np.concatenate([part[name] for part in identity]) for name in identity[0]
    } if identity else {}  # fmt: skip
    ends = FlowBatch(profile=None, features={}, identity=columns)
    return Recording(os.fspath(source), interfaces, book.conversations, book.strangers, ends)


class _Book:
    """Sorts packets into conversations."""

    def __init__(self) -> None:
        self.conversations: list[Conversation] = []
        self.strangers: list[Packet] = []
        self._by_ends: dict[tuple[_End, _End, int], Conversation] = {}
        self._in_parts: dict[tuple[bytes, bytes], Conversation] = {}

    def add(self, packet: Packet, row: tuple[Any, ...] | None) -> None:
        if row is None:
            self.strangers.append(packet)
            return
        source, target, protocol, marks, *numbers = row
        packet.protocol = protocol
        if protocol == TCP:
            packet.flags, packet.sequence, packet.acknowledgment = numbers[:3]
        packet.payload = numbers[3]
        hosts = (source[0], target[0])
        udp_tunnel = protocol == UDP and not _TUNNEL_PORTS.isdisjoint((source[1], target[1]))
        if udp_tunnel:
            source, target = (source[0], 0), (target[0], 0)
        conversation = self._in_parts.get(hosts) if marks & LATER_FRAGMENT else None
        quoted = icmp_quotes(packet.data, packet.link_type) if protocol in _ICMP else None
        if quoted is not None:
            # An error belongs to what it complains of, and goes the other way.
            one, other, one_port, other_port, inner = quoted
            conversation = self._find((one, one_port), (other, other_port), inner)
            if conversation is not None:
                packet.way = int(conversation.client == (one, one_port))
                conversation.packets.append(packet)
                return
        if conversation is None:
            conversation = self._find(source, target, protocol)
        if conversation is None:
            answer = packet.flags & (SYN | ACK) == SYN | ACK
            ends = (target, source) if answer else (source, target)
            is_tunnel = udp_tunnel or protocol not in _PLAIN
            conversation = Conversation(*ends, protocol, is_tunnel)
            self.conversations.append(conversation)
            self._by_ends[(*ends, protocol)] = conversation
        if marks & MORE_FRAGMENTS and not marks & LATER_FRAGMENT:
            self._in_parts[hosts] = conversation
        same = conversation.client[0] == source[0] and (
            marks & LATER_FRAGMENT or conversation.client == source
        )
        packet.way = 0 if same else 1
        conversation.packets.append(packet)

    def _find(self, one: _End, other: _End, protocol: int) -> Conversation | None:
        return self._by_ends.get((one, other, protocol)) or self._by_ends.get(
            (other, one, protocol)
        )


def _records(block: FrameBlock) -> Iterator[Packet]:
    for offset, captured, wire, time_us, nanosecond, interface, link_type, frame in zip(
        *(
            column.tolist()
            for column in (
                block.offset, block.captured, block.wire, block.time_us, block.nanosecond,
                block.interface, block.link_type, block.frame,
            )
        ),
        strict=True,
    ):  # fmt: skip
        data = block.data[offset : offset + captured].tobytes()
        yield Packet(data, wire, time_us * 1_000 + nanosecond, interface, link_type, frame - 1)


def _addresses(packets: Any, end: str) -> Any:
    words = np.stack([packets[f"{end}_high"], packets[f"{end}_low"]], axis=1).astype(">u8")
    return words.view("u1").reshape(-1, 16)


def _fields(packets: Any) -> Iterator[tuple[Any, ...]]:
    """Ends, protocol, fragment marks, flags, sequence, acknowledgment, payload of each packet."""
    hosts = [[row.tobytes() for row in _addresses(packets, end)] for end in ("src", "dst")]
    columns = (
        packets[name].tolist()
        for name in (
            "src_port", "dst_port", "protocol", "fragment_mark", "flags", "sequence",
            "acknowledgment", "payload",
        )
    )  # fmt: skip
    for source, target, source_port, target_port, *rest in zip(*hosts, *columns, strict=True):
        yield ((source, source_port), (target, target_port), *rest)


def _identity(block: FrameBlock, row: Any, packets: Any) -> dict[str, Any]:
    """Identity columns of all frames of a block, as `Recording.ends` has them."""
    n = len(block.frame)
    columns: dict[str, Any] = {"start_us": block.time_us.copy()}
    for end in ("src", "dst"):
        columns[f"{end}_ip"] = np.zeros((n, 16), "u1")
        columns[f"{end}_ip"][row] = _addresses(packets, end)
    for name in ("src_port", "dst_port", "protocol"):
        columns[name] = np.full(n, -1, "i4")
        columns[name][row] = packets[name]
    return columns
