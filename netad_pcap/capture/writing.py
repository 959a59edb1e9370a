"""A classic pcap file, written block by block: copies with other time stamps, samples."""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

import numba
import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture.byte_order import put_u32
from netad_pcap.capture.frames import FrameBlock

__all__ = ["PcapWriter"]

_RECORD_HEADER = 16


class PcapWriter:
    """Writes little-endian pcap with microseconds to an open binary file.

    Attributes:
        records: records written so far.
    """

    def __init__(self, file: BinaryIO, link_type: int, snaplen: int = 262_144) -> None:
        """Writes the file header.

        Args:
            file: open for writing; stays open.
            link_type: LINKTYPE_ number of all records.
            snaplen: as the header says it; records are not cut here.
        """
        self.records = 0
        self._file = file
        self._buffer = np.empty(0, np.uint8)
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snaplen, link_type))

    def write(self, block: FrameBlock, rows: NDArray[np.bool_], time_us: NDArray[np.int64]) -> None:
        """Writes records of a block, in their order.

        Args:
            block: the frames [n].
            rows: bool [n], which of them.
            time_us: int64 [n], the stamps to write, microseconds since 1970; the seconds
                must fit 32 bits (0 to 2^31 − 1 is what every reader understands).
        """
        chosen = np.flatnonzero(rows)
        size = int(block.captured[chosen].sum(dtype=np.int64)) + _RECORD_HEADER * len(chosen)
        if size > len(self._buffer):
            self._buffer = np.empty(size + size // 2, np.uint8)
        _pack(block.data, block.offset, block.captured, block.wire, time_us, chosen, self._buffer)
        self._file.write(self._buffer[:size].data)
        self.records += len(chosen)


@numba.njit(cache=True, nogil=True)
def _pack(
    data: NDArray[Any],
    offset: NDArray[Any],
    captured: NDArray[Any],
    wire: NDArray[Any],
    time_us: NDArray[Any],
    chosen: NDArray[Any],
    buffer: NDArray[Any],
) -> None:
    """Record headers and data of the chosen rows [k], one behind the other, into `buffer`."""
    at = 0
    for i in chosen:
        size = numba.int64(captured[i])
        put_u32(buffer, at, time_us[i] // 1_000_000)
        put_u32(buffer, at + 4, time_us[i] % 1_000_000)
        put_u32(buffer, at + 8, size)
        put_u32(buffer, at + 12, numba.int64(wire[i]))
        at += _RECORD_HEADER
        begin = offset[i]
        to, frame = buffer[at : at + size], data[begin : begin + size]
        for j in range(size):  # assigning the slice costs numba twice the time
            to[j] = frame[j]
        at += size
