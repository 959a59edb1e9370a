"""Made conversations: hypothesis draws what is said, who acknowledges when, and conditions."""

from __future__ import annotations

import struct
from pathlib import Path

from hypothesis import strategies as st

from netad_pcap.training.conditions import Condition, Moved, move
from tests.cli.captures import ethernet, udp

__all__ = [
    "CLIENT", "SERVER", "START_US", "conditions", "handshake", "moved", "tcp", "tcp_talks",
    "write_capture",
]  # fmt: skip

CLIENT, SERVER = ("10.0.0.1", 40_000), ("10.0.0.2", 80)
START_US = 1_700_000_000_000_000
_MSS = 1_460

#: Who speaks, how many bytes, how long after the last packet.
_turns = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 12_000), st.integers(0, 3_000_000)), max_size=12
)
conditions = st.builds(
    Condition,
    name=st.just("drawn"),
    meaning=st.just(""),
    near=st.sampled_from(("client", "server")),
    rtt_us=st.integers(0, 900_000),
    jitter_us=st.integers(0, 50_000),
    loss=st.sampled_from((0.0, 0.0, 0.02, 0.3)),
    bits_per_s=st.sampled_from((0, 0, 64_000, 10_000_000)),
    mtu=st.sampled_from((0, 0, 576, 1_400, 9_000)),
    merge_bytes=st.sampled_from((0, 0, 4_000, 60_000)),
)


def tcp(
    way: int,
    sequence: int,
    acknowledgment: int,
    flags: int,
    payload: bytes = b"",
    window: int = 500,
) -> bytes:
    """A frame of the conversation between CLIENT and SERVER; checksums are 0."""
    (source, sport), (target, dport) = (CLIENT, SERVER) if way == 0 else (SERVER, CLIENT)
    head = struct.pack(
        ">HHIIBBHHH", sport, dport, sequence % (1 << 32), acknowledgment % (1 << 32), 0x50, flags,
        window, 0, 0,
    )  # fmt: skip
    ends = b"".join(bytes(map(int, address.split("."))) for address in (source, target))
    length = 20 + len(head) + len(payload)
    ip = struct.pack(">BBHHHBBH", 0x45, 0, length, 7, 0x4000, 64, 6, 0) + ends
    return ethernet(ip + head + payload)


@st.composite
def tcp_talks(draw: st.DrawFn) -> list[tuple[int, bytes]]:
    """A connection with time in µs: handshake, turns of data with acknowledgments, perhaps FINs."""
    now_us = START_US
    top = [draw(st.sampled_from((1, (1 << 32) - 3_000, 77_777))) for _ in range(2)]
    known = [top[0], top[1] + 1]
    frames: list[tuple[int, bytes]] = []

    def put(way: int, flags: int, payload: bytes = b"") -> None:
        acknowledgment = known[1 - way] if flags & 16 else 0
        frames.append((now_us, tcp(way, top[way], acknowledgment, flags, payload)))
        top[way] += len(payload) + bool(flags & 3)

    put(0, 2)
    known[0] = top[0]
    now_us += draw(st.integers(0, 20_000))
    put(1, 18)
    known[1] = top[1]
    now_us += 30
    put(0, 16)
    for way, size, pause_us in draw(_turns):
        now_us += pause_us
        for at in range(0, size, _MSS):
            put(way, 24 if at + _MSS >= size else 16, bytes(min(_MSS, size - at)))
            now_us += draw(st.integers(0, 200))
            if draw(st.booleans()):
                known[way] = top[way]
                put(1 - way, 16)
        known[way] = top[way]
        if draw(st.booleans()):
            now_us += draw(st.integers(0, 40_000))
            put(1 - way, 16)
    if draw(st.booleans()):
        for way in (0, 1):
            put(way, 17)
            known[way] = top[way]
            now_us += draw(st.integers(0, 900))
        put(0, 16)
    if draw(st.booleans()):
        frames += _lookups(draw(st.integers(1, 6)), now_us)
    return frames


def _lookups(count: int, first_us: int) -> list[tuple[int, bytes]]:
    """Questions and answers, one after the other."""
    frames = []
    for i in range(count):
        at_us = first_us + i * 300_000
        frames.append((at_us, udp("10.0.0.1", "10.0.0.53", 5_000 + i, 53, b"question")))
        frames.append((at_us + 900, udp("10.0.0.53", "10.0.0.1", 53, 5_000 + i, b"answer")))
    return frames


def write_capture(frames: list[tuple[int, bytes]], path: Path) -> Path:
    """A classic pcap."""
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)]
    for time_us, frame in frames:
        seconds, micros = divmod(time_us, 1_000_000)
        parts.append(struct.pack("<IIII", seconds, micros, len(frame), len(frame)) + frame)
    path.write_bytes(b"".join(parts))
    return path


def handshake() -> list[tuple[int, bytes]]:
    """SYN, SYN+ACK, ACK."""
    return [(0, tcp(0, 0, 0, 2)), (500, tcp(1, 0, 1, 18)), (530, tcp(0, 1, 1, 16))]


def moved(frames: list[tuple[int, bytes]], condition: Condition, folder: Path) -> Moved:
    """Frames with times behind START_US."""
    return move(
        write_capture([(START_US + t, f) for t, f in frames], folder / "in.pcap"), condition
    )
