"""Captures for KDD's tests: frames built byte by byte, metered in one go or in pieces."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture.frames import FrameBlock
from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.metering.decode import decode_block
from netad_pcap.metering.table import FlowTable

START = 1_600_000_000_000_000
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
#: Time in µs since `START`, and the bytes of the frame.
Frame = tuple[int, bytes]


def ip(
    inside: bytes, protocol: int, ends: tuple[int, int], *, fragment: int = 0, number: int = 7
) -> bytes:
    """Ethernet and IPv4 from and to 10.0.x.x; `fragment` is the word of the header."""
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(inside), number, fragment, 64, protocol, 0)
    hosts = bytes([10, 0, ends[0] >> 8, ends[0] & 255, 10, 0, ends[1] >> 8, ends[1] & 255])
    return bytes(12) + b"\x08\0" + head + hosts + inside


def tcp(
    ends: tuple[int, int],
    ports: tuple[int, int],
    flags: int,
    *,
    seq: int = 0,
    ack: int = 0,
    payload: int = 0,
) -> bytes:
    head = struct.pack(">HHIIBBHHH", *ports, seq, ack, 0x50, flags, 1000, 0, 0)
    return ip(head + bytes(payload), 6, ends)


def udp(ends: tuple[int, int], ports: tuple[int, int], payload: int) -> bytes:
    return ip(struct.pack(">HHHH", *ports, 8 + payload, 0) + bytes(payload), 17, ends)


def echo(ends: tuple[int, int], kind: int, payload: int) -> bytes:
    return ip(struct.pack(">BBHI", kind, 0, 0, 1) + bytes(payload), 1, ends)


def packets(frames: list[Frame]) -> NDArray[Any]:
    """PACKET rows as the decoder makes them for KDD."""
    size = np.array([len(data) for _, data in frames], np.int32)
    n = len(frames)
    block = FrameBlock(
        data=np.frombuffer(b"".join(data for _, data in frames), np.uint8),
        offset=np.concatenate([[0], np.cumsum(size[:-1])]).astype(np.int64),
        captured=size,
        wire=size,
        time_us=START + np.array([time for time, _ in frames], np.int64),
        link_type=np.ones(n, np.int32),
        frame=np.arange(1, n + 1, dtype=np.int64),
        behind=np.zeros(n, bool),
        interface=np.zeros(n, np.int32),
        nanosecond=np.zeros(n, np.int16),
    )
    return decode_block(block, profile="kdd", strict=False).packets.copy()


def meter(frames: list[Frame], *, profile: str = "kdd", cuts: tuple[int, ...] = ()) -> FlowBatch:
    """All connections, the packets cut anywhere."""
    table = FlowTable(profile)
    rows = packets(frames)
    batches = []
    for begin, end in zip((0, *cuts), (*cuts, len(rows)), strict=True):
        table.feed(rows[begin:end])
        batches += table.take_rows(at_least=1)
    batches += table.finish()
    return concatenate([*batches, table.no_rows()])
