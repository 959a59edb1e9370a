"""Packets that are kept while they are read: pcapng files, nanoseconds and all (`monitor -w`).

A file is whole up to the last block of frames written, whatever happens to the program.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numba
import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture.byte_order import put_u32
from netad_pcap.capture.frames import FrameBlock
from netad_pcap.capture.interfaces import Interface
from netad_pcap.errors import OutputError

__all__ = ["KeptPackets"]

# Block types, draft-ietf-opsawg-pcapng 11.1; options, 4.2.
_SECTION_HEADER, _INTERFACE_DESCRIPTION, _ENHANCED_PACKET = 0x0A0D0D0A, 1, 6
_IF_NAME, _IF_TSRESOL = 2, 9
_NANOSECONDS = 9  # if_tsresol: ticks of 10^-9 s
_PACKET_BYTES = 32  # an Enhanced Packet Block without its data
#: Ticks are unsigned; later stamps than these are no time of day.
_LATEST_US = (1 << 63) // 1000 - 1


class KeptPackets:
    """Writes frames to `path`, or to `NAME_00001.pcapng`, `NAME_00002.pcapng`, … beside it.

    Attributes:
        paths: files begun so far.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, file_bytes: int | None = None, force: bool = False
    ) -> None:
        """Nothing is written before the first frame.

        Args:
            path: the file.
            file_bytes: begin the next file when one has so many bytes; None: one file.
            force: replace files that are there.
        """
        self.paths: list[Path] = []
        self._path = Path(path)
        self._file_bytes = file_bytes
        self._force = force
        self._file: IO[bytes] | None = None
        self._written = 0
        self._described = 0
        self._buffer = np.empty(0, np.uint8)

    def write(self, block: FrameBlock, interfaces: Sequence[Interface]) -> None:
        """Keeps all frames of a block.

        Args:
            block: the frames.
            interfaces: those described so far, by `FrameBlock.interface`.

        Raises:
            OutputError: a file cannot be written, or exists.
        """
        if not len(block.frame):
            return
        try:
            if self._file is None or (self._file_bytes and self._written >= self._file_bytes):
                self._begin()
            for interface in interfaces[self._described :]:
                self._put(_described(interface))
            self._described = len(interfaces)
            sizes = _PACKET_BYTES + (block.captured + 3) // 4 * 4
            size = int(sizes.sum(dtype=np.int64))
            if size > len(self._buffer):
                self._buffer = np.empty(size + size // 2, np.uint8)
            _pack(
                block.data, block.offset, block.captured, block.wire, block.time_us,
                block.nanosecond, block.interface, self._buffer,
            )  # fmt: skip
            self._put(self._buffer[:size].data)
        except OSError as error:
            raise self._told(error) from None

    def close(self) -> None:
        """Ends the last file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def first_path(self) -> Path:
        """The file that is written first."""
        return self._numbered(1)

    def _numbered(self, number: int) -> Path:
        if self._file_bytes is None:
            return self._path
        return self._path.with_stem(f"{self._path.stem}_{number:05}")

    def _begin(self) -> None:
        self.close()
        path = self._numbered(len(self.paths) + 1)
        self._file = path.open("wb" if self._force else "xb", buffering=0)
        self.paths.append(path)
        self._written = self._described = 0
        body = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
        self._put(_framed(_SECTION_HEADER, body))

    def _put(self, data: bytes | memoryview) -> None:
        assert self._file is not None
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._written += len(data)

    def _told(self, error: OSError) -> OutputError:
        path = self._numbered(len(self.paths) + 1) if self._file is None else self.paths[-1]
        if error.errno == errno.EEXIST:
            return OutputError(f"{path} exists; use --force to replace it, or another name")
        return OutputError(
            f"cannot keep packets in {path}: {error.strerror}; what came before is there"
        )


def _framed(kind: int, body: bytes) -> bytes:
    """A block of pcapng; the body is padded."""
    body += bytes(-len(body) % 4)
    length = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + length + body + length


def _described(interface: Interface) -> bytes:
    """An Interface Description Block."""
    name = interface.name.encode("utf-8", "surrogateescape")[:255]
    options = (
        struct.pack("<HH", _IF_NAME, len(name)) + name + bytes(-len(name) % 4) if name else b""
    )
    options += struct.pack("<HHB3xHH", _IF_TSRESOL, 1, _NANOSECONDS, 0, 0)
    head = struct.pack("<HHI", interface.link_type, 0, interface.snaplen)
    return _framed(_INTERFACE_DESCRIPTION, head + options)


@numba.njit(cache=True, nogil=True)
def _pack(
    data: NDArray[Any],
    offset: NDArray[Any],
    captured: NDArray[Any],
    wire: NDArray[Any],
    time_us: NDArray[Any],
    nanosecond: NDArray[Any],
    interface: NDArray[Any],
    buffer: NDArray[Any],
) -> None:
    """All frames [n] as Enhanced Packet Blocks (4.3), one behind the other, into `buffer`."""
    at = 0
    for i in range(len(offset)):
        size = numba.int64(captured[i])
        padded = (size + 3) // 4 * 4
        length = _PACKET_BYTES + padded
        ticks = min(max(numba.int64(time_us[i]), 0), _LATEST_US) * 1000 + nanosecond[i]
        put_u32(buffer, at, _ENHANCED_PACKET)
        put_u32(buffer, at + 4, length)
        put_u32(buffer, at + 8, numba.int64(interface[i]))
        put_u32(buffer, at + 12, ticks >> 32)
        put_u32(buffer, at + 16, ticks)
        put_u32(buffer, at + 20, size)
        put_u32(buffer, at + 24, numba.int64(wire[i]))
        begin = offset[i]
        to, frame = buffer[at + 28 : at + 28 + padded], data[begin : begin + size]
        for j in range(size):
            to[j] = frame[j]
        for j in range(size, padded):
            to[j] = 0
        put_u32(buffer, at + 28 + padded, length)
        at += length
