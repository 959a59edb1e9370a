"""Tiny captures for the command line's tests, byte by byte."""

from __future__ import annotations

import struct
from collections.abc import Sequence

ETHERNET = 1
START = 1_793_697_127


def pcap(
    frames: Sequence[bytes], *, link_type: int = ETHERNET, gap_us: int = 1_000, start_us: int = 0
) -> bytes:
    """A classic pcap in little-endian microseconds; `start_us` behind `START`."""
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, link_type)]
    for i, frame in enumerate(frames):
        seconds, micros = divmod(start_us + i * gap_us, 1_000_000)
        parts.append(struct.pack("<IIII", START + seconds, micros, len(frame), len(frame)) + frame)
    return b"".join(parts)


def ethernet(payload: bytes, kind: int = 0x0800) -> bytes:
    return b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02" + struct.pack(">H", kind) + payload


def udp(source: str, destination: str, sport: int, dport: int, payload: bytes = b"hello") -> bytes:
    """An Ethernet frame with IPv4 and UDP."""
    body = struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload
    ends = b"".join(bytes(map(int, address.split("."))) for address in (source, destination))
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, 17, 0)
    return ethernet(_with_checksum(head + ends) + body)


def arp() -> bytes:
    return ethernet(struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1) + bytes(20), 0x0806)


def conversation(packets: int = 6, sport: int = 40_000) -> list[bytes]:
    """Packets to and fro between two hosts."""
    there = udp("10.0.0.1", "10.0.0.2", sport, 53)
    back = udp("10.0.0.2", "10.0.0.1", 53, sport)
    return [there if i % 2 == 0 else back for i in range(packets)]


def _with_checksum(header: bytes) -> bytes:
    total = sum(struct.unpack(">10H", header))
    total = (total & 0xFFFF) + (total >> 16)
    checksum = ~(total + (total >> 16)) & 0xFFFF
    return header[:10] + struct.pack(">H", checksum) + header[12:]
