"""Frames for the decoder's tests, built byte by byte."""

from __future__ import annotations

from typing import Any

import numpy as np

from netad_pcap.capture.frames import FrameBlock
from netad_pcap.metering.decode import decode_block
from tests.naive.decoding import Packet

CLIENT, SERVER = bytes([10, 0, 0, 5]), bytes([52, 14, 9, 200])
CLIENT6, SERVER6 = bytes.fromhex("20010db8" + "0" * 23 + "5"), bytes.fromhex("20010db8" + "f" * 24)
MACS = bytes.fromhex("00112233445566778899aabb")


def u16(value: int) -> bytes:
    return value.to_bytes(2, "big")


def tcp(
    payload: bytes = b"", *, flags: int = 0x18, options: bytes = b"", ports: Any = (40000, 443)
) -> bytes:
    offset = (5 + len(options) // 4) << 4
    numbers = bytes.fromhex("0102030405060708")
    head = u16(ports[0]) + u16(ports[1]) + numbers + bytes([offset, flags]) + u16(1000) + bytes(4)
    return head + options + payload


def udp(payload: bytes = b"", *, ports: tuple[int, int] = (40000, 53)) -> bytes:
    return u16(ports[0]) + u16(ports[1]) + u16(8 + len(payload)) + bytes(2) + payload


def ipv4(
    inside: bytes,
    protocol: int = 6,
    *,
    total: int | None = None,
    fragment: int = 0,
    options: bytes = b"",
) -> bytes:
    size = 20 + len(options)
    total = size + len(inside) if total is None else total
    head = (
        bytes([0x40 | size // 4, 0]) + u16(total) + u16(7) + u16(fragment) + bytes([64, protocol])
    )
    return head + bytes(2) + CLIENT + SERVER + options + inside


def ipv6(inside: bytes, protocol: int = 6, *, length: int | None = None) -> bytes:
    size = len(inside) if length is None else length
    return b"\x60\0\0\0" + u16(size) + bytes([protocol, 64]) + CLIENT6 + SERVER6 + inside


def ethernet(inside: bytes, kind: int = 0x0800) -> bytes:
    return MACS + u16(kind) + inside


def block(
    frames: list[bytes],
    *,
    link_type: int = 1,
    wire: list[int] | None = None,
    behind: bool = False,
    around: int = 0,
    gap: int = 0,
) -> FrameBlock:
    """Frames in one buffer, with `gap` bytes of value `around` before, between and behind them."""
    fill = bytes([around]) * gap
    data = np.frombuffer(bytearray(fill + b"".join(f + fill for f in frames)), np.uint8)
    captured = np.array([len(f) for f in frames], np.int32)
    n = len(frames)
    return FrameBlock(
        data=data,
        offset=gap + np.concatenate([[0], np.cumsum(captured[:-1] + gap)]).astype(np.int64),
        captured=captured,
        wire=captured.copy() if wire is None else np.array(wire, np.int32),
        time_us=np.arange(n, dtype=np.int64) + 1_500_000_000_000_000,
        link_type=np.full(n, link_type, np.int32),
        interface=np.zeros(n, np.int32),
        frame=np.arange(1, n + 1, dtype=np.int64),
        behind=np.full(n, behind),
        nanosecond=np.zeros(n, np.int16),
    )


def as_packet(row: Any) -> Packet:
    """A PACKET row in the twin's form."""

    def address(side: str) -> bytes:
        raw = b"".join(int(row[f"{side}_{half}"]).to_bytes(8, "big") for half in ("high", "low"))
        if row["ip_version"] == 6:
            return raw
        assert raw[:12] == bytes(10) + b"\xff\xff"
        return raw[12:]

    fields = [int(row[name]) for name in list(Packet.__dataclass_fields__)[3:]]
    return Packet(int(row["ip_version"]), address("src"), address("dst"), *fields)


def decode_one(
    frame: bytes,
    *,
    profile: str = "cic-v4",
    strict: bool = False,
    link_type: int = 1,
    wire: int | None = None,
    behind: bool = False,
    around: int = 0,
    gap: int = 0,
) -> tuple[Packet | None, int, int]:
    """The packet (None = dropped), its `ext` and the frame's cause."""
    made = block(
        [frame],
        link_type=link_type,
        wire=None if wire is None else [wire],
        behind=behind,
        around=around,
        gap=gap,
    )
    decoded = decode_block(made, profile=profile, strict=strict)
    cause = int(decoded.cause[0])
    if len(decoded.packets) == 0:
        assert cause > 0
        return None, 0, cause
    row = decoded.packets[0]
    assert cause == 0
    assert (row["frame"], row["tag"], row["time_us"]) == (1, -1, made.time_us[0])
    return as_packet(row), int(row["ext"]), 0
