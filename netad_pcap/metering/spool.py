"""Temporary files of metering: a private folder, its free space, and a spool of frames.

A capture that can be read once only (standard input), or slowly (compressed), is spooled:
its frame blocks are written as they are, and can then be walked any number of times.
"""

from __future__ import annotations

import errno
import shutil
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture.frames import FrameBlock
from netad_pcap.errors import OutputError

__all__ = ["FrameSpool", "TemporaryFolder", "size_text"]

#: Bytes that stay free, whatever we write.
_RESERVE: Final = 32 << 20
#: Free space is looked at again after so many bytes.
_LOOK_EVERY: Final = 16 << 20
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def size_text(size: int) -> str:
    """A number of bytes as people say it."""
    return f"{size / (1 << 30):.1f} GiB" if size >= 1 << 30 else f"{size / (1 << 20):.0f} MiB"


class TemporaryFolder:
    """A folder for one metering, readable by its owner only, removed when it is closed.

    Args:
        parent: where it is made; by default the system's place (`TMPDIR`).
        purpose: what is kept there, for messages: "the copy of x.pcap that NFStream reads".
    """

    def __init__(self, parent: str | Path | None, purpose: str) -> None:
        self.purpose = purpose
        try:
            self._folder = tempfile.TemporaryDirectory(
                prefix="netad-pcap-", dir=parent, ignore_cleanup_errors=True
            )
        except OSError as error:
            where = parent or tempfile.gettempdir()
            raise OutputError(
                f"no temporary folder in {where} for {purpose}: {error.strerror}; "
                "set TMPDIR to a folder that can be written"
            ) from None
        self.path = Path(self._folder.name)
        self._unchecked = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Removes the folder and everything in it; closing twice is harmless."""
        self._folder.cleanup()

    def need(self, size: int) -> None:
        """Makes sure that `size` more bytes fit; raises OutputError if not."""
        free = shutil.disk_usage(self.path).free
        if free < size + _RESERVE:
            raise self._full(f"{size_text(size + _RESERVE)} are needed, {size_text(free)} free")

    def write(self, file: BinaryIO, data: bytes | NDArray[Any]) -> None:
        """Writes to a file in the folder, looking at the free space now and then."""
        size = len(data) if isinstance(data, bytes) else data.nbytes
        self._unchecked += size
        if self._unchecked >= _LOOK_EVERY:
            self._unchecked = 0
            self.need(size)
        try:
            file.write(data.data if isinstance(data, np.ndarray) else data)
        except OSError as error:
            if error.errno in _NO_ROOM:
                written = f"{size_text(file.tell())} were written"
                raise self._full(f"{error.strerror}, {written}") from None
            raise

    def _full(self, how: str) -> OutputError:
        return OutputError(
            f"no room in {self.path.parent} for {self.purpose}: {how}; set TMPDIR to a folder "
            "on a larger disk, or use --meter native, which needs no copy"
        )


class FrameSpool:
    """Frame blocks in a file: written once, walked as often as wanted.

    A record is two int64 (frames, bytes of data) and the block's arrays, the wide ones first,
    so that every array is aligned.
    """

    _HEAD = struct.Struct("<qq")
    _COLUMNS: tuple[tuple[str, str], ...] = (
        ("offset", "<i8"),
        ("time_us", "<i8"),
        ("frame", "<i8"),
        ("captured", "<i4"),
        ("wire", "<i4"),
        ("link_type", "<i4"),
        ("interface", "<i4"),
        ("nanosecond", "i2"),
        ("behind", "?"),
    )

    def __init__(self, folder: TemporaryFolder) -> None:
        self._folder = folder
        self._path = folder.path / "frames"
        self._file: BinaryIO | None = self._path.open("wb")
        self.bytes = 0

    @property
    def finished(self) -> bool:
        """Whether writing has ended."""
        return self._file is None

    def append(self, block: FrameBlock) -> None:
        """Writes a block; a block without frames leaves nothing."""
        if self._file is None:
            raise ValueError("the spool is closed for writing")
        count = len(block.offset)
        if not count:
            return
        low = int(block.offset.min())
        high = int((block.offset + block.captured).max())
        columns = block._replace(offset=block.offset - low)
        parts: list[bytes | NDArray[Any]] = [self._HEAD.pack(count, high - low)]
        parts += [
            np.ascontiguousarray(getattr(columns, name), dtype=dtype)
            for name, dtype in self._COLUMNS
        ]
        parts.append(np.ascontiguousarray(block.data[low:high]))
        for part in parts:
            self._folder.write(self._file, part)
        self.bytes = self._file.tell()

    def finish(self) -> None:
        """Ends the writing; what was written so far can be walked."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def walk(self) -> Iterator[FrameBlock]:
        """The blocks as they were written; arrays are valid until the next one."""
        self.finish()
        with self._path.open("rb") as file:
            while head := file.read(self._HEAD.size):
                count, size = self._HEAD.unpack(head)
                columns = {
                    name: np.frombuffer(file.read(count * np.dtype(dtype).itemsize), dtype)
                    for name, dtype in self._COLUMNS
                }
                data = np.frombuffer(file.read(size), np.uint8)
                yield FrameBlock(data=data, **columns)
