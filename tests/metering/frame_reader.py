"""A reader of made frames, for the feed: what `capture.CaptureReader` is for files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np

from netad_pcap.capture.frames import FrameBlock


class Made(NamedTuple):
    """One made frame."""

    data: bytes
    time_us: int = 0
    link_type: int = 1
    wire: int | None = None


class MadeReader:
    """Gives made frames in blocks, and counts how often it was walked."""

    compression: str | None = None
    read_once = False
    size: int | None = None

    def __init__(
        self,
        frames: Sequence[Made],
        *,
        name: str = "made.pcap",
        max_frames: int = 1000,
        compression: str | None = None,
        read_once: bool = False,
    ) -> None:
        self.frames = frames
        self.name = name
        self.max_frames = max_frames
        self.compression = compression
        self.read_once = read_once
        self.walks = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        return None

    def blocks(self) -> Iterator[FrameBlock]:
        self.walks += 1
        for first in range(0, len(self.frames), self.max_frames):
            yield block_of(self.frames[first : first + self.max_frames], first + 1)


def block_of(frames: Sequence[Made], first: int = 1) -> FrameBlock:
    """A block of made frames; three bytes of rubbish lie between them."""
    data = bytearray()
    offsets = []
    for frame in frames:
        data += b"\xee\xee\xee"
        offsets.append(len(data))
        data += frame.data
    captured = np.array([len(f.data) for f in frames], np.int32)
    wire = [len(f.data) if f.wire is None else f.wire for f in frames]
    count = len(frames)
    return FrameBlock(
        data=np.frombuffer(bytes(data), np.uint8),
        offset=np.array(offsets, np.int64),
        captured=captured,
        wire=np.array(wire, np.int32),
        time_us=np.array([f.time_us for f in frames], np.int64),
        link_type=np.array([f.link_type for f in frames], np.int32),
        interface=np.zeros(count, np.int32),
        frame=np.arange(first, first + count),
        behind=np.zeros(count, np.bool_),
        nanosecond=np.zeros(count, np.int16),
    )
