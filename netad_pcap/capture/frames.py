"""The frame block: what a capture reader yields and a decoder reads.

Some thousands of records at a time, as columns over one reused buffer.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

__all__ = ["FrameBlock"]

Array = NDArray[Any]


class FrameBlock(NamedTuple):
    """Records of a capture as columns; arrays are valid until the next block is read.

    Attributes:
        data: uint8, the bytes; frame i is `data[offset[i] : offset[i] + captured[i]]`.
        offset: int64 [n].
        captured: int32 [n], captured length.
        wire: int32 [n], length on the wire.
        time_us: int64 [n], microseconds since 1970 (finer clocks floored).
        link_type: int32 [n], LINKTYPE_ number of the record's interface.
        interface: int32 [n], 0 where the format has none.
        frame: int64 [n], number of the record in its file, from 1.
        behind: bool [n], the Java tool stops reading before this record (a second pcapng
            interface of another link type or snapshot length, cicflowmeter.md 2.1).
        nanosecond: int16 [n], nanoseconds behind `time_us`, 0 to 999.
    """

    data: Array
    offset: Array
    captured: Array
    wire: Array
    time_us: Array
    link_type: Array
    interface: Array
    frame: Array
    behind: Array
    nanosecond: Array
