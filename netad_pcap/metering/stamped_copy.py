"""The copy of a capture that NFStream reads, and what is learnt while it is written."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture.frames import FrameBlock
from netad_pcap.metering.spool import TemporaryFolder
from netad_pcap.metering.stamping import ETHERNET, NATIVE_LINK_TYPES, file_header, stamp

__all__ = ["StampedCopy", "write_stamped_copy"]

#: A flow is over after 120 s of capture time, and its row leaves within the next second.
_QUIET_S = 122


@dataclass(frozen=True)
class StampedCopy:
    """A classic pcap; record N, from 1, is frame N of the walk, stamped N ms.

    Attributes:
        path: the file.
        frames: its records.
        wrapped: whether frames were made Ethernet.
        quiet_frames: the most frames in any 122 s of capture time (the largest stamp so far):
            a flow that was silent for so many frames was silent for as long.
    """

    path: Path
    frames: int
    wrapped: bool
    quiet_frames: int


def write_stamped_copy(
    walk: Callable[[], Iterable[FrameBlock]],
    folder: TemporaryFolder,
    go_on: Callable[[], bool] = lambda: True,
) -> StampedCopy:
    """Writes the copy.

    Args:
        walk: gives the frames, from the beginning each time; it is walked a second time
            where the capture turns out to have several link types.
        folder: where it is written.
        go_on: asked before each block; False ends the copy there.

    Raises:
        OutputError: no room.
    """
    copy = _write(walk(), folder, go_on, wrap=False)
    if copy is None:
        copy = _write(walk(), folder, go_on, wrap=True)
    assert copy is not None
    return copy


def _write(
    blocks: Iterable[FrameBlock],
    folder: TemporaryFolder,
    go_on: Callable[[], bool],
    *,
    wrap: bool,
) -> StampedCopy | None:
    """Writes the copy; None if it needs wrapping and `wrap` is not set."""
    path = folder.path / "stamped.pcap"
    frames, link_type = 0, None
    window = _Window()
    with path.open("wb") as file:
        for block in blocks:
            if not go_on():
                break
            if not len(block.offset):
                continue
            if link_type is None:
                link_type = ETHERNET if wrap else int(block.link_type[0])
                folder.write(file, file_header(link_type))
            foreign = link_type not in NATIVE_LINK_TYPES or (block.link_type != link_type).any()
            if foreign and not wrap:
                return None
            folder.write(file, stamp(block, frames + 1, wrap=wrap))
            frames += len(block.offset)
            window.add(block.time_us)
        if link_type is None:
            folder.write(file, file_header(ETHERNET))
    return StampedCopy(path, frames, wrap, window.most)


class _Window:
    """Counts the most frames in any 122 s of capture time, by whole seconds."""

    def __init__(self) -> None:
        self.most = 0
        self._clock = np.iinfo(np.int64).min
        self._seconds: deque[tuple[int, int]] = deque()
        self._inside = 0

    def add(self, time_us: NDArray[np.int64]) -> None:
        clock = np.maximum.accumulate(np.maximum(time_us, self._clock))
        self._clock = int(clock[-1])
        seconds, counts = np.unique(clock // 1_000_000, return_counts=True)
        for second, count in zip(seconds.tolist(), counts.tolist(), strict=True):
            self._seconds.append((second, count))
            self._inside += count
            while self._seconds[0][0] < second - _QUIET_S:
                self._inside -= self._seconds.popleft()[1]
            self.most = max(self.most, self._inside)
