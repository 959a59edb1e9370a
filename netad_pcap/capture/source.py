"""Where the bytes come from: a file, standard input or an open stream.

A source fills buffers and never raises in the middle: what goes wrong while reading stands
in `damage` and ends the bytes, so that all before it is analyzed.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO, Protocol

from netad_pcap.errors import CaptureError

__all__ = [
    "STANDARD_INPUT",
    "ByteSource",
    "Rejoined",
    "StreamSource",
    "open_source",
    "read_head",
]

STANDARD_INPUT = "-"


class ByteSource(Protocol):
    """A stream of bytes that is read once, from front to back."""

    @property
    def damage(self) -> str | None:
        """Why the bytes ended early, None = they did not."""

    def readinto(self, buffer: memoryview) -> int:
        """Fills the front of the buffer; the number of bytes, 0 = no more will come."""

    def close(self) -> None:
        """Releases what the source holds."""


class StreamSource:
    """A binary stream of Python's, with short reads where it has them.

    Attributes:
        damage: why reading ended early, None = it did not.
        bytes_read: bytes given out so far.
        size: bytes in all, None where nobody knows (pipes).
    """

    def __init__(
        self, stream: BinaryIO, *, owned: bool, sha256: bool, size: int | None = None
    ) -> None:
        """Reads `stream`, and closes it in the end if it is `owned`."""
        self.damage: str | None = None
        self.bytes_read = 0
        self.size = size
        self._stream = stream
        self._owned = owned
        self._hash = hashlib.sha256() if sha256 else None
        # A pipe's buffered reader would wait until the whole buffer is full.
        self._readinto = getattr(stream, "readinto1", None) or getattr(stream, "readinto", None)

    @property
    def read_once(self) -> bool:
        """Whether the bytes are gone once read: a pipe, or a stream that is not a file."""
        try:
            return not (self._owned and stat.S_ISREG(os.fstat(self._stream.fileno()).st_mode))
        except OSError:
            return True

    def readinto(self, buffer: memoryview) -> int:
        """Fills the front of the buffer; 0 at the end or where reading fails."""
        try:
            if self._readinto is None:
                piece = self._stream.read(len(buffer))
                count = len(piece)
                buffer[:count] = piece
            else:
                count = self._readinto(buffer) or 0
        except OSError as error:
            self.damage = f"reading failed ({error.strerror or error})"
            return 0
        self.bytes_read += count
        if self._hash is not None:
            self._hash.update(buffer[:count])
        return count

    def hexdigest(self) -> str | None:
        """SHA-256 of all bytes, those not read so far included; None if not asked for."""
        if self._hash is None:
            return None
        rest = memoryview(bytearray(1 << 18))
        while self.damage is None and self.readinto(rest):
            pass
        return self._hash.hexdigest()

    def close(self) -> None:
        """Closes an owned stream."""
        if self._owned:
            self._stream.close()


class Rejoined:
    """Bytes that were looked at, and the source that they came from."""

    def __init__(self, head: bytes, source: ByteSource) -> None:
        """Gives `head` first, then what is left in `source`."""
        self._head = memoryview(head)
        self._source = source

    @property
    def damage(self) -> str | None:
        """Why the source ended early, None = it did not."""
        return self._source.damage

    def readinto(self, buffer: memoryview) -> int:
        """Fills the front of the buffer."""
        if not self._head:
            return self._source.readinto(buffer)
        count = min(len(buffer), len(self._head))
        buffer[:count] = self._head[:count]
        self._head = self._head[count:]
        return count

    def close(self) -> None:
        """Closes the source."""
        self._source.close()


def read_head(source: ByteSource, size: int) -> bytes:
    """The first `size` bytes, fewer only at the end, however short the reads are."""
    head = bytearray(size)
    view = memoryview(head)
    count = 0
    while count < size and (got := source.readinto(view[count:])):
        count += got
    return bytes(head[:count])


def open_source(
    source: str | os.PathLike[str] | BinaryIO, *, sha256: bool = False
) -> tuple[StreamSource, str]:
    """Opens what a user named.

    Args:
        source: path, `-` for standard input, or an open binary stream (not closed).
        sha256: whether to hash the bytes on the way.

    Returns:
        The source and its name for messages.

    Raises:
        CaptureError: it is absent, a directory, not readable, or a terminal.
    """
    if not isinstance(source, str | os.PathLike):
        name = getattr(source, "name", None)
        return StreamSource(source, owned=False, sha256=sha256), (
            name if isinstance(name, str) else "stream"
        )
    if os.fspath(source) == STANDARD_INPUT:
        if sys.stdin is None or sys.stdin.isatty():
            raise CaptureError(
                "standard input is a terminal; name a capture file, or pipe one in "
                "(tcpdump -w - | netad-pcap …)"
            )
        # Past Python's buffer: with something in it a large read waits for more, and a live
        # capture that falls silent would keep its last packets to itself.
        stdin = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
        return StreamSource(stdin, owned=False, sha256=sha256), "standard input"
    path = Path(source)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise CaptureError(f"{path} is a directory; name the capture files in it")
        size = status.st_size if stat.S_ISREG(status.st_mode) else None
        stream = path.open("rb", buffering=0)
        return StreamSource(stream, owned=True, sha256=sha256, size=size), str(path)
    except FileNotFoundError:
        raise CaptureError(f"{path} does not exist; check the path") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CaptureError(f"{path} cannot be opened: {reason}") from None
