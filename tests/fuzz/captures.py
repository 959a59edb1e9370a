"""Captures that nobody writes: changed frames in pcap and pcapng whose own headers lie, too."""

from __future__ import annotations

import random
import struct
from pathlib import Path

from netad_pcap.capture import open_capture
from tests.capture import zoo
from tests.fuzz.frames import LINK_HEADERS, Frame, changed

__all__ = ["made_capture", "real_frames"]

ROOT = Path(__file__).parents[2]
_FIRST_US = 1_600_000_000_000_000
_DAY_US = 86_400_000_000
#: Steps of a clock that is set, in µs.
_STEPS = (-1, 0, 1, 10**6, 121 * 10**6, -(10**6), -121 * 10**6, 3_600 * 10**6)
_FAR_STEPS = (_DAY_US, -_DAY_US, 3_650 * _DAY_US, -3_650 * _DAY_US)


def real_frames() -> list[Frame]:
    """The frames of the sample captures and of the golden ones, in order."""
    frames = []
    paths = [*ROOT.glob("sample_pcaps/*.pcap*"), *ROOT.glob("tests/golden/fuzz/*.pcap")]
    for path in sorted(paths):
        last_us = None
        with open_capture(path) as reader:
            for block in reader.blocks():
                for offset, captured, wire, time_us in zip(
                    *(c.tolist() for c in (block.offset, block.captured, block.wire)),
                    block.time_us.tolist(),
                    strict=True,
                ):
                    gap = 0 if last_us is None else time_us - last_us
                    data = block.data[offset : offset + captured].tobytes()
                    frames.append(Frame(data, wire, gap))
                    last_us = time_us
    return frames


def made_capture(rng: random.Random, frames: list[Frame], packets: int) -> list[bytes]:
    """A capture in parts: the file header or the first blocks, then a part per record."""
    link_type = rng.choice((1, 1, 1, 1, 1, *LINK_HEADERS))
    chosen: list[Frame] = []
    while len(chosen) < packets:
        begin = rng.randrange(len(frames))
        for frame in frames[begin : begin + rng.choice((1, 5, 30, 200))]:
            if rng.random() < 0.7 or link_type != 1:
                frame = changed(rng, frame, link_type, frames)
            chosen += [frame] * (2 if rng.random() < 0.02 else 1)
    make = rng.choice((_pcap, _pcapng))
    return _damaged(rng, make(rng, chosen[:packets], link_type))


def _times(rng: random.Random, frames: list[Frame]) -> list[int]:
    """A clock that mostly runs as it did, and now and then is set."""
    restless = rng.choice((0.0, 0.01, 0.1))
    times = []
    now = _FIRST_US
    for frame in frames:
        now += frame.gap_us
        if rng.random() < restless:
            now += rng.choice(_STEPS if rng.random() < 0.8 else _FAR_STEPS)
        times.append(now)
    return times


def _pcap(rng: random.Random, frames: list[Frame], link_type: int) -> list[bytes]:
    order = rng.choice("<>")
    nanoseconds = rng.random() < 0.3
    snaplen = rng.choice((65_535, 65_535, 262_144, 0, 96, 0xFFFFFFFF))
    version = (2, rng.choice((4, 4, 4, 3, 2)))
    parts = [
        zoo.pcap(
            order=order,
            nanoseconds=nanoseconds,
            link_type=link_type,
            snaplen=snaplen,
            version=version,
        )
    ]
    for frame, time_us in zip(frames, _times(rng, frames), strict=True):
        seconds, fraction = divmod(time_us, 10**6)
        if rng.random() < 0.002:
            fraction = rng.choice((10**6, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF))
        elif nanoseconds:
            fraction = fraction * 1_000 + rng.randrange(1_000)
        lengths = (len(frame.data), frame.wire & 0xFFFFFFFF)
        if version[1] < 3:
            lengths = lengths[::-1]
        head = zoo.record(seconds & 0xFFFFFFFF, fraction, *lengths, order)
        parts.append(head + frame.data)
    return parts


def _pcapng(rng: random.Random, frames: list[Frame], link_type: int) -> list[bytes]:
    order = rng.choice("<>")

    def interface() -> bytes:
        return zoo.interface(
            link_type if rng.random() < 0.9 else rng.choice(tuple(LINK_HEADERS)),
            rng.choice((0, 0, 65_535, 96)),
            tsresol=rng.choice((None, None, None, 6, 9, 3, 0, 0x80 | 20, 0x80 | 63, 30, 127)),
            tsoffset=rng.choice((None, None, None, 3_600, -(1 << 62), (1 << 62) - 1)),
            order=order,
        )

    described = 1
    parts = [zoo.section(order) + interface()]
    for frame, time_us in zip(frames, _times(rng, frames), strict=True):
        data, wire = frame.data, frame.wire & 0xFFFFFFFF
        how = rng.random()
        of = rng.randrange(described)
        ticks = (time_us if rng.random() < 0.999 else rng.randrange(1 << 64)) % (1 << 64)
        if how < 0.95:
            part = zoo.enhanced(ticks, data, of=of, wire=wire, order=order)
        elif how < 0.97:
            part = zoo.simple(data, order=order)
        else:
            part = zoo.obsolete(ticks, data, of=of, order=order)
        if rng.random() < 0.003:
            part += zoo.block(5, bytes(rng.randrange(90)), order)
        if rng.random() < 0.003:
            part += interface()
            described += 1
        if rng.random() < 0.001:
            order = rng.choice("<>")
            part += zoo.section(order) + interface()
            described = 1
        parts.append(part)
    return parts


def _damaged(rng: random.Random, parts: list[bytes]) -> list[bytes]:
    """In one of four captures a record's or block's own header lies, or bytes are missing,
    twice there or strange."""
    if rng.random() < 0.75 or len(parts) < 2:
        return parts
    at = rng.randrange(len(parts) // 2, len(parts))
    part = bytearray(parts[at])
    how = rng.randrange(4)
    if how == 0:
        place = 4 * rng.randrange(min(len(part) // 4, 8) or 1)
        value = rng.choice((0, 1, 12, 0x7FFFFFFF, 0xFFFFFFFF, 262_145, rng.randrange(1 << 32)))
        part[place : place + 4] = struct.pack("<I", value)
    elif how == 1:
        del part[rng.randrange(len(part)) :]
    elif how == 2:
        begin = rng.randrange(len(part))
        part[begin:begin] = part[begin : begin + rng.randrange(60)]
    else:
        part[rng.randrange(len(part))] ^= 1 << rng.randrange(8)
    return [*parts[:at], bytes(part), *parts[at + 1 :]]
