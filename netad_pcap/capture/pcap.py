"""Classic pcap (draft-ietf-opsawg-pcap): the file header, and the walk over the records.

Where the format leaves a choice this does what libpcap does, because the Java tool reads
with it (cicflowmeter.md 2.1, 12); tried against libpcap 1.10.3.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numba
from numpy.typing import NDArray

from netad_pcap.capture.byte_order import u32
from netad_pcap.capture.frames import FrameBlock
from netad_pcap.capture.interfaces import Interface
from netad_pcap.capture.magic import PCAP_MAGICS
from netad_pcap.capture.window import Unreadable, Window
from netad_pcap.errors import CaptureError

__all__ = ["FILE_HEADER_BYTES", "MAXIMUM_CAPTURED", "PcapHeader", "PcapWalker", "read_header"]

FILE_HEADER_BYTES = 24
#: Larger captured lengths are damage (libpcap's MAXIMUM_SNAPLEN).
MAXIMUM_CAPTURED = 262_144

# What ends a walk: the block is full, more bytes are needed, or the record is impossible.
_FULL, _MORE, _IMPOSSIBLE = 0, 1, 2


@dataclass(frozen=True)
class PcapHeader:
    """What the file header says.

    Attributes:
        byte_order: `<` or `>`, of all numbers in the file.
        nanoseconds: the second half of a time stamp counts nanoseconds.
        record_header: bytes in front of each record's data.
        minor: minor version; below 3 the two lengths of a record are swapped, at 3 perhaps.
        snaplen: bytes kept of each record; 0 = no limit.
        link_type: LINKTYPE_ number.
    """

    byte_order: str
    nanoseconds: bool
    record_header: int
    minor: int
    snaplen: int
    link_type: int


def read_header(head: bytes, name: str) -> PcapHeader:
    """Reads the file header.

    Args:
        head: the first bytes of the file; the magic is known to be one of pcap's.
        name: the file, for messages.

    Raises:
        CaptureError: the header is cut off or of a version nobody writes.
    """
    if len(head) < FILE_HEADER_BYTES:
        raise CaptureError(
            f"{name} ends within its file header ({len(head)} of {FILE_HEADER_BYTES} bytes); "
            "copy it again from where it was captured"
        )
    order, nanoseconds, record_header = PCAP_MAGICS[head[:4]]
    major, minor, _, _, snaplen, link = struct.unpack_from(order + "HHIIII", head, 4)
    if major != 2 or minor > 4:
        raise CaptureError(f"{name} claims pcap version {major}.{minor}; only 2.0 to 2.4 exist")
    return PcapHeader(
        byte_order=order,
        nanoseconds=nanoseconds,
        record_header=record_header,
        minor=minor,
        snaplen=snaplen if snaplen < 1 << 31 else 0,
        link_type=link & 0xFFFF,  # the upper half holds the length of the FCS
    )


class PcapWalker:
    """Walks the records of one file.

    Attributes:
        interfaces: the one interface that a classic pcap has.
    """

    def __init__(self, header: PcapHeader) -> None:
        """Begins behind the file header."""
        self.interfaces = [Interface(0, header.link_type, header.snaplen)]
        self._header = header
        self._filled: FrameBlock | None = None

    def walk(
        self, window: Window, columns: FrameBlock, first_frame: int
    ) -> tuple[int, int, Unreadable | None]:
        """Fills columns from the front with the records that lie whole in the window.

        Args:
            window: goes on behind the last record taken.
            columns: written; `data` is not used. Nobody else may write to them.
            first_frame: number of the first record.

        Returns:
            Records taken; bytes that the next one needs if the window ended (0 = it did
            not); what is wrong with the next one, None = nothing.
        """
        header = self._header
        if columns is not self._filled:  # what is the same for all records is written once
            self._filled = columns
            columns.link_type[:] = header.link_type
            columns.interface[:] = 0
            columns.behind[:] = False
            columns.nanosecond[:] = 0
        count, window.start, status, value = _walk(
            window.data,
            window.start,
            window.end,
            header.byte_order == ">",
            header.nanoseconds,
            header.record_header,
            header.minor,
            header.snaplen or MAXIMUM_CAPTURED,
            first_frame,
            columns.offset,
            columns.captured,
            columns.wire,
            columns.time_us,
            columns.frame,
            columns.nanosecond,
        )
        if status == _IMPOSSIBLE:
            wrong = f"a record claims {value:,} captured bytes, {MAXIMUM_CAPTURED:,} is the limit"
            return count, 0, Unreadable(window.offset, wrong)
        return count, value, None


@numba.njit(cache=True, nogil=True)
def _walk(
    data: NDArray[Any],
    start: int,
    end: int,
    big_endian: bool,
    nanoseconds: bool,
    record_header: int,
    minor: int,
    snaplen: int,
    first_frame: int,
    offset: NDArray[Any],
    captured: NDArray[Any],
    wire: NDArray[Any],
    time_us: NDArray[Any],
    frame: NDArray[Any],
    nanosecond: NDArray[Any],
) -> tuple[int, int, int, int]:
    """Records of `data[start:end]` into columns; (count, new start, status, value).

    `value` is the number of bytes that the next record needs if the status is _MORE, its
    captured length if it is _IMPOSSIBLE.
    """
    n = 0
    position = start
    while n < len(offset):
        if end - position < record_header:
            return n, position, _MORE, record_header
        seconds = u32(data, position, big_endian)
        fraction = u32(data, position + 4, big_endian)
        length = u32(data, position + 8, big_endian)
        wire_length = u32(data, position + 12, big_endian)
        if minor < 3 or (minor == 3 and length > wire_length):
            length, wire_length = wire_length, length
        if length > MAXIMUM_CAPTURED:
            return n, position, _IMPOSSIBLE, length
        if end - position < record_header + length:
            return n, position, _MORE, record_header + length
        if not big_endian:
            # libpcap on the machines of the Java tool reads native numbers as signed, and
            # swapped ones as unsigned. A correct tool would not sign either.
            seconds = (seconds ^ 0x80000000) - 0x80000000
            fraction = (fraction ^ 0x80000000) - 0x80000000
        if nanoseconds and fraction >= 0:
            nanosecond[n] = fraction % 1000
            fraction = fraction // 1000
        elif nanoseconds:
            nanosecond[n] = 0
            fraction = -(-fraction // 1000)
        offset[n] = position + record_header
        captured[n] = min(length, snaplen)
        wire[n] = min(wire_length, 0x7FFFFFFF)
        time_us[n] = seconds * 1_000_000 + fraction
        frame[n] = first_frame + n
        n += 1
        position += record_header + length
    return n, position, _FULL, 0
