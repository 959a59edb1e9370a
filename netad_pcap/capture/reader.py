"""From a file, standard input or a stream to blocks of frames.

    source → decompression → window → walker (a kernel per format) → FrameBlock

Nothing raises once a capture is open: damage ends its blocks and stands in its health.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import TracebackType
from typing import BinaryIO, Protocol, Self

import numpy as np

from netad_pcap.capture.compression import DECOMPRESSORS
from netad_pcap.capture.frames import FrameBlock
from netad_pcap.capture.health import CaptureHealth, Damage
from netad_pcap.capture.interfaces import Interface
from netad_pcap.capture.magic import HEAD_BYTES, compression_of, foreign_words, format_of
from netad_pcap.capture.pcap import FILE_HEADER_BYTES, PcapWalker, read_header
from netad_pcap.capture.pcapng import PcapngWalker
from netad_pcap.capture.source import ByteSource, Rejoined, StreamSource, open_source, read_head
from netad_pcap.capture.tally import Tally
from netad_pcap.capture.window import READ_BYTES, Unreadable, Window
from netad_pcap.errors import CaptureError

__all__ = ["CaptureReader", "empty_columns", "open_capture"]


class _Walker(Protocol):
    interfaces: list[Interface]

    def walk(
        self, window: Window, columns: FrameBlock, first_frame: int
    ) -> tuple[int, int, Unreadable | None]: ...


def open_capture(
    source: str | os.PathLike[str] | BinaryIO, *, sha256: bool = False
) -> CaptureReader:
    """Opens a capture and looks at its first bytes.

    Args:
        source: path, `-` for standard input, or an open binary stream (left open).
        sha256: whether to hash the file as it is stored.

    Raises:
        CaptureError: it is absent, empty, not readable or not a capture.
    """
    stream, name = open_source(source, sha256=sha256)
    try:
        return _open(stream, name)
    except BaseException:
        stream.close()
        raise


def _open(stream: StreamSource, name: str) -> CaptureReader:
    head = read_head(stream, HEAD_BYTES)
    if not head:
        raise CaptureError(
            f"{name} cannot be read: {stream.damage}"
            if stream.damage
            else f"{name} is empty: it holds no byte, thus no packet"
        )
    source: ByteSource = Rejoined(head, stream)
    compression = compression_of(head)
    if compression is not None:
        source = DECOMPRESSORS[compression](source)
        head = read_head(source, HEAD_BYTES)
        if not head:
            raise CaptureError(
                f"{name} holds nothing: {source.damage or f'{compression} of no byte'}"
            )
        if compression_of(head) is not None:
            raise CaptureError(f"{name} is compressed twice; unpack it once")
        source = Rejoined(head, source)
    capture_format = format_of(head)
    if capture_format is None:
        packed = "" if compression is None else f", packed with {compression}"
        damage = f" ({source.damage})" if source.damage else ""
        raise CaptureError(f"{name} is {foreign_words(head)}{packed}{damage}")
    walker: _Walker
    if capture_format == "pcap":
        walker = PcapWalker(read_header(head, name))
        read_head(source, FILE_HEADER_BYTES)
    else:
        walker = PcapngWalker()
    return CaptureReader(name, capture_format, compression, stream, source, walker)


class CaptureReader:
    """An open capture: a context manager, read once.

    Attributes:
        name: as the user named it.
        format: `pcap` or `pcapng`.
        compression: `gzip`, `zstd` or None.
        health: what was read so far; whole after the last block.
        sha256: of the stored file, in hexadecimal; None before the end or if not asked for.
        clock_us: None: a file has no clock but its packets' (`LiveCapture` has one).
        most_packets: reading ends behind so many; None: at the end of the capture.
    """

    clock_us: int | None = None

    def __init__(
        self,
        name: str,
        capture_format: str,
        compression: str | None,
        stream: StreamSource,
        source: ByteSource,
        walker: _Walker,
    ) -> None:
        """Use `open_capture`."""
        self.name = name
        self.format = capture_format
        self.compression = compression
        self.health = CaptureHealth()
        self.sha256: str | None = None
        self.most_packets: int | None = None
        self._stream = stream
        self._source = source
        self._walker = walker
        self._tally = Tally()
        # What was taken from the source before the window began.
        self._window_begins = FILE_HEADER_BYTES if capture_format == "pcap" else 0
        self._begun = False
        self._count_interfaces()

    @property
    def interfaces(self) -> list[Interface]:
        """The interfaces described so far."""
        return list(self._walker.interfaces)

    @property
    def bytes_read(self) -> int:
        """Bytes of the stored (compressed) file read so far, for progress."""
        return self._stream.bytes_read

    @property
    def size(self) -> int | None:
        """Bytes of the stored file; None for pipes and streams."""
        return self._stream.size

    @property
    def read_once(self) -> bool:
        """Whether the capture cannot be opened again: standard input, pipes, given streams."""
        return self._stream.read_once

    def blocks(
        self, max_frames: int = 16_384, *, read_bytes: int = READ_BYTES
    ) -> Iterator[FrameBlock]:
        """The records in the order of the file; a block is valid until the next is asked for.

        Args:
            max_frames: records in a block at most.
            read_bytes: bytes read at a time.
        """
        if self._begun:
            raise RuntimeError("a capture is read once; open it again")
        self._begun = True
        window = Window(self._source, read_bytes)
        columns = empty_columns(max_frames)
        while True:
            count, need, problem = self._walker.walk(window, columns, self.health.packets + 1)
            self._count_interfaces()
            if self.most_packets is not None and count >= self.most_packets - self.health.packets:
                count = self.most_packets - self.health.packets
                self.health.limited = True
            if count:
                block = FrameBlock(window.data, *(column[:count] for column in columns[1:]))
                self._count(block)
                yield block
            if self.health.limited:
                return
            if problem:
                self._damage(window, *problem)
                break
            if need and not window.more(need):
                if window.rest:
                    self._damage(window, window.offset, "the file ends within a record")
                elif self._source.damage:
                    self._damage(window, window.offset, self._source.damage)
                break
        self.sha256 = self._stream.hexdigest()

    def close(self) -> None:
        """Closes what was opened; standard input and given streams stay open."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _count(self, block: FrameBlock) -> None:
        self._tally.add(block)
        self._tally.report(self.health)
        counts = self.health.link_types
        if len(counts) == 1:
            (only,) = counts
            counts[only] = self.health.packets
            return
        packets = np.bincount(block.link_type)
        for number in np.flatnonzero(packets):
            counts[int(number)] = counts.get(int(number), 0) + int(packets[number])

    def _count_interfaces(self) -> None:
        interfaces = self._walker.interfaces
        for interface in interfaces[self.health.interfaces :]:
            self.health.link_types.setdefault(interface.link_type, 0)
        self.health.interfaces = len(interfaces)

    def _damage(self, window: Window, offset: int, message: str) -> None:
        # Where the bytes end early because of what they are packed in, that is the cause.
        message = (window.at_end and self._source.damage) or message
        self.health.damage.append(
            Damage(self._window_begins + offset, self.health.packets + 1, message)
        )


def empty_columns(rows: int) -> FrameBlock:
    """Columns for so many frames, to be filled; no data."""
    return FrameBlock(
        data=np.empty(0, np.uint8),
        offset=np.empty(rows, np.int64),
        captured=np.empty(rows, np.int32),
        wire=np.empty(rows, np.int32),
        time_us=np.empty(rows, np.int64),
        link_type=np.empty(rows, np.int32),
        interface=np.empty(rows, np.int32),
        frame=np.empty(rows, np.int64),
        behind=np.empty(rows, np.bool_),
        nanosecond=np.empty(rows, np.int16),
    )
