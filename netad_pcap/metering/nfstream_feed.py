"""The NFStream meter's feed: frames of a capture beside what NFStream says about each.

NFStream dissects, names flows and says which frames it accepts; the packets' numbers come
from our own decoder. NFStream reads a copy stamped with frame numbers (`stamped_copy`) in a
process of its own (`nfstream_process`); here the original is walked a second time and merged
with its messages, frame by frame, in bounded memory.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture.frames import FrameBlock
from netad_pcap.errors import CaptureError
from netad_pcap.metering.applications import Applications
from netad_pcap.metering.nfstream_messages import (
    GONE,
    NAMES,
    ROWS,
    Name,
    decode_names,
    decode_rows,
)
from netad_pcap.metering.nfstream_process import NFStreamProcess
from netad_pcap.metering.spool import FrameSpool, TemporaryFolder
from netad_pcap.metering.stamped_copy import StampedCopy, write_stamped_copy

__all__ = ["MOST_IDLE", "N_DISSECTIONS", "FedBlock", "FrameReader", "NFStreamFeed"]

#: Packets of a flow that NFStream dissects (its own default).
N_DISSECTIONS: Final = 20

#: NFStream closes a flow after 122 s of silence, counted in frames, or after so many thousand
#: frames if these are fewer: it bounds its memory. One that goes on keeps its tag and names.
MOST_IDLE: Final = 50

#: The longest that a message is waited for, s: a while, and the time that the copy takes at
#: a tenth of NFStream's slowest measured speed. Frames that it refuses make no message.
_PATIENCE_S: Final = 60.0
_SLOWEST_FRAMES_PER_S: Final = 5_000


class FrameReader(Protocol):
    """What the feed needs of a capture reader (`capture.CaptureReader` is one)."""

    @property
    def name(self) -> str:
        """Of the capture, for messages."""

    @property
    def read_once(self) -> bool:
        """It cannot be opened again (standard input)."""

    @property
    def compression(self) -> str | None:
        """None if the bytes of the file are the capture."""

    @property
    def size(self) -> int | None:
        """Bytes that its frames take on disk at most; None where nobody knows before."""

    def blocks(self) -> Iterator[FrameBlock]:
        """The frames."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...


class FedBlock(NamedTuple):
    """Frames, and NFStream's word on them where it was asked.

    Attributes:
        frames: the block of the original capture.
        accepted: bool [n], NFStream took the frame as a packet; None: not asked, all are metered.
        tag: int32 [n], number of its NFStream flow, -1 where not accepted; None likewise.
    """

    frames: FrameBlock
    accepted: NDArray[np.bool_] | None = None
    tag: NDArray[np.int32] | None = None

    def part(self, begin: int, end: int) -> FedBlock:
        """Some of the frames, one behind the other."""
        data, *columns = self.frames
        return FedBlock(
            FrameBlock(data, *(column[begin:end] for column in columns)),
            None if self.accepted is None else self.accepted[begin:end],
            None if self.tag is None else self.tag[begin:end],
        )


class NFStreamFeed:
    """Walks a capture through NFStream; a context manager, and an iterator over `FedBlock`.

    `applications` holds what is known from the frames given so far.

    Args:
        open_reader: opens the capture. It is called once for standard input and compressed
            captures, whose frames are spooled, and once for each walk otherwise.
        temporary_folder: where the copy (and the spool) is written; by default the system's
            place, `TMPDIR`. Both are gone when the feed is closed.
        should_stop: asked between blocks while the capture is copied; yes is as `stop`.

    Raises (while iterating):
        OutputError: no room for the copy.
        CaptureError: the capture changed while it was read.
        Defect: NFStream failed, hung or was killed.
    """

    clock = "us"

    def __init__(
        self,
        open_reader: Callable[[], FrameReader],
        *,
        temporary_folder: str | os.PathLike[str] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._open_reader = open_reader
        self._should_stop = should_stop
        self._parent = None if temporary_folder is None else Path(temporary_folder)
        self._open = contextlib.ExitStack()
        self._folder: TemporaryFolder | None = None
        self._spool: FrameSpool | None = None
        self._copy: StampedCopy | None = None
        self._process: NFStreamProcess | None = None
        self._reading = True
        self._stopped = False
        self.applications = Applications()
        self.reader: FrameReader | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def stop(self) -> None:
        """Ends early (Ctrl-C); may be called from a signal handler or another thread.

        While the capture is still being copied, reading ends and what was read is metered;
        after that, and the second time, iteration ends where it is.
        """
        if self._reading and self._process is None:
            self._reading = False
            return
        self._stopped = True
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """Ends NFStream and removes the temporary files; safe to repeat."""
        self._stopped = True
        self._open.close()

    def __iter__(self) -> Iterator[FedBlock]:
        copy = self._prepare()
        if self._stopped or not copy.frames:
            return
        idle = min(max(-(-copy.quiet_frames // 1000), 1), MOST_IDLE)
        assert self._folder is not None
        self._process = process = NFStreamProcess(
            "netad_pcap.metering.nfstream_worker",
            [str(copy.path.resolve()), "--idle", str(idle), "--n-dissections", str(N_DISSECTIONS)],
            self._name,
            patience_s=_PATIENCE_S + copy.frames / _SLOWEST_FRAMES_PER_S,
            log=self._folder.path / "nfstream.log",
        )
        self._open.callback(process.close)
        yield from self._merge(copy, process)

    @property
    def stopped_early(self) -> bool:
        """Reading ended before the capture did; what was read until then is metered."""
        return not self._reading

    def _goes_on(self) -> bool:
        self._reading = self._reading and not self._should_stop()
        return self._reading

    @property
    def _name(self) -> str:
        return self.reader.name if self.reader is not None else "capture"

    def _prepare(self) -> StampedCopy:
        """Writes the copy, and the spool where there has to be one."""
        reader = self._open_once()
        if self._folder is None:
            purpose = f"the copy of {reader.name} that NFStream reads"
            self._folder = self._open.enter_context(TemporaryFolder(self._parent, purpose))
            if reader.read_once or reader.compression is not None:
                self._spool = FrameSpool(self._folder)
            else:
                self._folder.need(reader.size or 0)
        if self._spool is not None:
            self._fill(self._spool, reader)
            self._folder.need(self._spool.bytes)
        if self._copy is None:
            # What was spooled is all there is: a stop does not cut it again.
            spooled = self._spool is not None
            self._copy = write_stamped_copy(
                self._walk, self._folder, lambda: spooled or self._goes_on()
            )
        return self._copy

    def _open_once(self) -> FrameReader:
        if self.reader is None:
            self.reader = self._open.enter_context(self._open_reader())
        return self.reader

    def _fill(self, spool: FrameSpool, reader: FrameReader) -> None:
        """Reads the capture into the spool, once."""
        if spool.finished:
            return
        try:
            for block in reader.blocks():
                spool.append(block)
                if not self._goes_on():
                    break
        finally:
            # Interrupted or not: what is there can be metered.
            spool.finish()

    def _walk(self) -> Iterator[FrameBlock]:
        """The frames from the beginning."""
        if self._spool is not None:
            yield from self._spool.walk()
            return
        with self._open_reader() as self.reader:
            yield from self.reader.blocks()

    def _merge(self, copy: StampedCopy, process: NFStreamProcess) -> Iterator[FedBlock]:
        """Gives each block once everything that NFStream says about it is there."""
        said = _Said(process.messages(), lambda: copy.path.unlink(missing_ok=True))
        first = 1
        for block in self._walk():
            count = min(len(block.offset), copy.frames + 1 - first)
            cut = count < len(block.offset)
            if cut:
                block = _head(block, count)
            if count:
                accepted, tag = said.until(first, count, self.applications)
                if process.stopped:
                    return
                yield FedBlock(block, accepted, tag)
            first += count
            # Only at its end does the reader know of damage, and the hash of the file.
            if cut or (first > copy.frames and not self._reading):
                break
        if first <= copy.frames:
            raise CaptureError(
                f"{self._name}: changed while it was read ({copy.frames:,} frames at first, "
                f"{first - 1:,} the second time); analyze a copy of it"
            )
        said.finish(self.applications)


class _Said:
    """NFStream's messages, cut at frames."""

    def __init__(self, messages: Iterator[tuple[int, bytes]], begun: Callable[[], None]) -> None:
        self._messages = messages
        self._begun: Callable[[], None] | None = begun
        self._rows: deque[tuple[NDArray[np.int64], NDArray[np.int32]]] = deque()
        self._names: deque[Name] = deque()

    def until(
        self, first: int, count: int, applications: Applications
    ) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
        """`accepted` and `tag` of frames `first` to `first + count - 1`; learns their names."""
        end = first + count
        accepted = np.zeros(count, np.bool_)
        tag = np.full(count, -1, np.int32)
        while self._rows or self._receive(applications):
            if not self._rows:
                continue
            frames, tags = self._rows.popleft()
            inside = int(np.searchsorted(frames, end))
            at = frames[:inside] - first
            accepted[at] = True
            tag[at] = tags[:inside]
            if inside < len(frames):
                self._rows.appendleft((frames[inside:], tags[inside:]))
                break
        self._learn(end, applications)
        return accepted, tag

    def finish(self, applications: Applications) -> None:
        """Waits for NFStream's end, which says whether it came to it whole."""
        while self._receive(applications):
            pass
        self._learn(np.iinfo(np.int64).max, applications)

    def _receive(self, applications: Applications) -> bool:
        message = next(self._messages, None)
        if message is None:
            return False
        if self._begun is not None:
            # NFStream has the copy open: without its name not even a killed program leaves it.
            if os.name == "posix":
                self._begun()
            self._begun = None
        kind, body = message
        if kind == ROWS:
            self._rows.append(decode_rows(body))
        elif kind == NAMES:
            self._names.extend(decode_names(body))
        elif kind == GONE:
            applications.close(np.frombuffer(body, "<i4").tolist())
        return True

    def _learn(self, end: int, applications: Applications) -> None:
        while self._names and self._names[0].frame < end:
            applications.learn(self._names.popleft())


def _head(block: FrameBlock, count: int) -> FrameBlock:
    """The first frames of a block."""
    return FrameBlock(block.data, *(column[:count] for column in block[1:]))
