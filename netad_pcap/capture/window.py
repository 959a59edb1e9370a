"""The window over a stream of bytes that readers walk: one buffer, filled again and again.

Blocks of up to a MiB stay near the processor; a mapped file costs about 100 ns
a packet in page and TLB misses instead.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture.source import ByteSource

__all__ = ["READ_BYTES", "Unreadable", "Window"]

#: Bytes asked for at a time.
READ_BYTES = 1 << 20
#: What may be left over in front of them: a record of the largest captured length.
_REST_BYTES = (1 << 18) + 4096


class Unreadable(NamedTuple):
    """A record that cannot be read: where it begins in the stream, and what is wrong."""

    offset: int
    message: str


class Window:
    """Part of a stream.

    Attributes:
        data: uint8, the buffer.
        start: index of the first byte not yet walked.
        end: index behind the last byte read.
        at_end: the stream has no more bytes.
    """

    def __init__(self, source: ByteSource, read_bytes: int = READ_BYTES) -> None:
        """An empty window before the first byte of `source`."""
        self.data: NDArray[np.uint8] = np.empty(read_bytes + _REST_BYTES, np.uint8)
        self.start = 0
        self.end = 0
        self.at_end = False
        self._source = source
        self._read_bytes = read_bytes
        self._base = 0

    @property
    def offset(self) -> int:
        """Offset of `start` in the stream."""
        return self._base + self.start

    @property
    def rest(self) -> int:
        """Bytes between `start` and `end`."""
        return self.end - self.start

    def peek(self, size: int) -> bytes:
        """The next bytes, without going on; fewer where the window ends."""
        return self.data[self.start : min(self.start + size, self.end)].tobytes()

    def more(self, need: int) -> bool:
        """Reads on, which moves the bytes that are left: earlier frames become invalid.

        Args:
            need: bytes that must fit between `start` and the end of the buffer.

        Returns:
            Whether at least one byte was read.
        """
        rest = self.rest
        data = self.data
        if need > len(data):
            data = np.empty(need + self._read_bytes, np.uint8)
        # Both ends may overlap; numpy copies as if through a temporary array.
        data[:rest] = self.data[self.start : self.end]
        self.data = data
        self._base += self.start
        self.start, self.end = 0, rest
        stop = min(len(data), rest + self._read_bytes)
        count = self._source.readinto(data[rest:stop].data)
        self.end += count
        self.at_end = count == 0
        return count > 0

    def skip(self, size: int) -> bool:
        """Passes bytes, also more than the buffer holds; False if the stream ends before."""
        while size > self.rest:
            size -= self.rest
            self.start = self.end
            if not self.more(1):
                return False
        self.start += size
        return True
