"""pcapng (draft-ietf-opsawg-pcapng): sections, interfaces, and the walk over the blocks.

All packet blocks are read (EPB, SPB and the obsolete Packet Block), all others passed.
`behind` marks what the Java tool does not reach: libpcap stops at an interface of another
link type or snapshot length than the first, at a section of another byte order, at a packet
longer than the first interface's snapshot length, at a clock finer than it can count and at
a block of more than 16 MiB.
"""

from __future__ import annotations

import struct
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture.byte_order import u16, u32
from netad_pcap.capture.frames import FrameBlock
from netad_pcap.capture.interfaces import Interface
from netad_pcap.capture.pcap import MAXIMUM_CAPTURED
from netad_pcap.capture.window import Unreadable, Window

__all__ = ["PcapngWalker"]

# Block types, draft 11.1; options, 4.2.
_SECTION_HEADER = 0x0A0D0D0A
_INTERFACE_DESCRIPTION = 1
_PACKET = 2
_SIMPLE_PACKET = 3
_ENHANCED_PACKET = 6
_OPT_END, _IF_NAME, _IF_TSRESOL, _IF_TSOFFSET = 0, 2, 9, 14

_BYTE_ORDER_MAGIC = 0x1A2B3C4D
#: Packet blocks that are longer are damage (as in libpcap).
_MAXIMUM_BLOCK = 1 << 24
#: So many interfaces nobody has: a file of nothing else must not fill the memory.
_MAXIMUM_INTERFACES = 1 << 16
#: Times are kept between these (1827, and 290,000 years on), so that all differences fit int64.
_EARLIEST_US = -(1 << 52)
_LATEST_US = (1 << 63) - 1 + _EARLIEST_US

#: What the kernel knows of an interface. A tick is `multiply / divide` microseconds, or
#: 2**-`shift` seconds where `shift` is not negative.
_INTERFACE = np.dtype(
    [
        ("offset_us", "i8"),
        ("multiply", "u8"),
        ("divide", "u8"),
        ("shift", "i8"),
        ("snaplen", "i8"),
        ("link_type", "i4"),
        ("number", "i4"),
    ]
)

# What ends a walk of the kernel.
_FULL, _MORE, _SECTION, _DESCRIPTION, _PASS = 0, 1, 2, 3, 4
_BAD_LENGTH, _BAD_TRAILER, _BAD_PACKET, _TOO_LONG, _NO_INTERFACE, _TOO_BIG = 5, 6, 7, 8, 9, 10

_WRONG = {
    _BAD_LENGTH: "a block has an impossible length ({value:,})",
    _BAD_TRAILER: "the two lengths of a block differ",
    _BAD_PACKET: "a packet is longer than its block ({value:,} bytes)",
    _TOO_LONG: f"a packet claims {{value:,}} captured bytes, {MAXIMUM_CAPTURED:,} is the limit",
    _NO_INTERFACE: "a packet names interface {value:,}, which is not described",
    _TOO_BIG: "a packet block claims {value:,} bytes",
}


class PcapngWalker:
    """Walks the blocks of one file.

    Attributes:
        interfaces: those described so far, over all sections.
    """

    def __init__(self) -> None:
        """Begins at the first Section Header Block."""
        self.interfaces: list[Interface] = []
        self._table = np.zeros(4, _INTERFACE)
        self._section = 0  # number of the section's first interface
        self._order = ""  # byte order of the section, of the first one
        self._first_order = ""
        self._snaplen = 0  # of the first interface, as libpcap takes it
        self._stopped = np.zeros(1, np.bool_)  # the Java tool would have stopped by now

    def walk(
        self, window: Window, columns: FrameBlock, first_frame: int
    ) -> tuple[int, int, Unreadable | None]:
        """As `PcapWalker.walk`; sections and interfaces in between are taken in."""
        while True:
            count, window.start, status, value = _walk(
                window.data,
                window.start,
                window.end,
                self._order == ">",
                self._table[self._section : len(self.interfaces)],
                self._snaplen,
                self._stopped,
                first_frame,
                *columns[1:],
            )
            if status in _WRONG:
                return count, 0, Unreadable(window.offset, _WRONG[status].format(value=value))
            if status <= _MORE or count:
                # What ended the walk stands at the start of the next.
                return count, value if status == _MORE else 0, None
            if status == _PASS:
                begin = window.offset
                if wrong := self._pass(window, value):
                    return 0, 0, Unreadable(begin, wrong)
                continue
            need, wrong = (
                self._begin_section(window)
                if status == _SECTION
                else self._describe_interface(window, value)
            )
            if wrong:
                return 0, 0, Unreadable(window.offset, wrong)
            if need:
                return 0, need, None

    def _pass(self, window: Window, length: int) -> str | None:
        """Passes a block of `length` bytes, which may be longer than any buffer."""
        self._stopped[0] |= length > _MAXIMUM_BLOCK
        if not window.skip(length - 4):
            return "the file ends within a block"
        while window.rest < 4:
            if not window.more(4):
                return "the file ends within a block"
        if struct.unpack(self._order + "I", window.peek(4))[0] != length:
            return _WRONG[_BAD_TRAILER]
        return None if window.skip(4) else "the file ends within a block"

    def _begin_section(self, window: Window) -> tuple[int, str | None]:
        """Takes in a Section Header Block (4.1); (bytes that it needs, what is wrong)."""
        head = window.peek(28)
        if len(head) < 28:
            return 28, None
        order = next(
            (o for o in "<>" if struct.unpack_from(o + "I", head, 8)[0] == _BYTE_ORDER_MAGIC), None
        )
        if order is None:
            return 0, "a section has no byte order magic"
        length, _, major, minor = struct.unpack_from(order + "IIHH", head, 4)
        if length < 28 or length % 4 or length > _MAXIMUM_BLOCK:
            return 0, _WRONG[_BAD_LENGTH].format(value=length)
        if major != 1:
            return 0, f"a section is of pcapng version {major}; only 1 exists"
        block = window.peek(length)
        if len(block) < length:
            return length, None
        # libpcap looks at the second length of a section only behind the first section.
        if self._order and struct.unpack_from(order + "I", block, length - 4)[0] != length:
            return 0, _WRONG[_BAD_TRAILER]
        self._order = order
        self._first_order = self._first_order or order
        self._stopped[0] |= order != self._first_order or minor not in (0, 2)
        self._section = len(self.interfaces)
        window.start += length
        return 0, None

    def _describe_interface(self, window: Window, length: int) -> tuple[int, str | None]:
        """Takes in an Interface Description Block (4.2), whose lengths are known to agree."""
        block = window.peek(length)
        number = len(self.interfaces)
        if length < 20:
            return 0, _WRONG[_BAD_LENGTH].format(value=length)
        if number >= _MAXIMUM_INTERFACES:
            return 0, f"more than {_MAXIMUM_INTERFACES:,} interfaces are described"
        link_type, _, snaplen = struct.unpack_from(self._order + "HHI", block, 8)
        options = self._options(block[16:-4])
        if options is None:
            return 0, "the options of an interface are damaged"
        resolution = options.get(_IF_TSRESOL, b"\x06")[:1] or b"\x06"
        exponent, binary = resolution[0] & 0x7F, bool(resolution[0] & 0x80)
        seconds = options.get(_IF_TSOFFSET, bytes(8))
        if len(seconds) != 8:
            return 0, "the options of an interface are damaged"
        offset_us = struct.unpack(self._order + "q", seconds)[0] * 1_000_000

        if number == len(self._table):
            self._table = np.concatenate([self._table, np.zeros_like(self._table)])
        row = self._table[number]
        row["offset_us"] = max(-_LATEST_US // 2, min(_LATEST_US // 2, offset_us))
        row["multiply"] = 10 ** max(0, 6 - exponent)
        row["divide"] = 10 ** min(max(0, exponent - 6), 19)
        if not binary and exponent > 25:  # a tick is under 10^-25 s: 2^64 of them are 0 µs
            row["multiply"] = 0
        row["shift"] = exponent if binary else -1
        row["snaplen"] = snaplen
        row["link_type"] = link_type
        row["number"] = number

        as_libpcap = snaplen if 0 < snaplen < 1 << 31 else MAXIMUM_CAPTURED
        if not self.interfaces:
            self._snaplen = as_libpcap
        first = self.interfaces[0] if self.interfaces else None
        self._stopped[0] |= (
            (first is not None and first.link_type != link_type)
            or as_libpcap != self._snaplen
            or exponent > (63 if binary else 19)
        )
        self.interfaces.append(
            Interface(
                number,
                link_type,
                snaplen,
                options.get(_IF_NAME, b"").rstrip(b"\x00").decode("utf-8", "replace"),
                f"{2 if binary else 10}^-{exponent} s",
            )
        )
        window.start += length
        return 0, None

    def _options(self, body: bytes) -> dict[int, bytes] | None:
        """Options (3.5) by code, the first of each; None if they are damaged."""
        options: dict[int, bytes] = {}
        at = 0
        while at < len(body):
            if len(body) - at < 4:
                return None
            code, length = struct.unpack_from(self._order + "HH", body, at)
            if code == _OPT_END:
                break
            if at + 4 + length > len(body):
                return None
            options.setdefault(code, body[at + 4 : at + 4 + length])
            at += 4 + length + -length % 4
        return options


@numba.njit(cache=True, nogil=True)
def _walk(
    data: NDArray[Any],
    start: int,
    end: int,
    big_endian: bool,
    interfaces: NDArray[Any],
    first_snaplen: int,
    stopped: NDArray[Any],
    first_frame: int,
    offset: NDArray[Any],
    captured: NDArray[Any],
    wire: NDArray[Any],
    time_us: NDArray[Any],
    link_types: NDArray[Any],
    interface: NDArray[Any],
    frame: NDArray[Any],
    behind: NDArray[Any],
    nanosecond: NDArray[Any],
) -> tuple[int, int, int, int]:
    """Packets of `data[start:end]` into columns; (count, new start, status, value).

    Stops in front of a section, an interface, or an unknown block that does not lie whole in
    the window; `value` is then the block's length.
    """
    n = 0
    position = start
    while n < len(offset):
        if end - position < 12:
            return n, position, _MORE, 12
        kind = u32(data, position, big_endian)
        if kind == _SECTION_HEADER:
            return n, position, _SECTION, 0
        length = u32(data, position + 4, big_endian)
        if length < 12 or length & 3:
            return n, position, _BAD_LENGTH, length
        if kind in (_ENHANCED_PACKET, _PACKET):
            header = 28
        elif kind == _SIMPLE_PACKET:
            header = 12
        elif end - position < length and kind != _INTERFACE_DESCRIPTION:
            return n, position, _PASS, length
        else:
            header = 0
        if length > _MAXIMUM_BLOCK and (header > 0 or kind == _INTERFACE_DESCRIPTION):
            return n, position, _TOO_BIG, length
        if end - position < length:
            return n, position, _MORE, length
        if u32(data, position + length - 4, big_endian) != length:
            return n, position, _BAD_TRAILER, length
        if kind == _INTERFACE_DESCRIPTION:
            return n, position, _DESCRIPTION, length
        if header == 0:
            position += length
            continue

        if length < header + 4:
            return n, position, _BAD_LENGTH, length
        which = 0
        if kind == _ENHANCED_PACKET:
            which = u32(data, position + 8, big_endian)
        elif kind == _PACKET:
            which = u16(data, position + 8, big_endian)
        if which >= len(interfaces):
            return n, position, _NO_INTERFACE, which
        of = interfaces[which]
        ticks_high = 0
        ticks_low = 0
        if kind == _SIMPLE_PACKET:
            wire_length = u32(data, position + 8, big_endian)
            size = wire_length
            if of.snaplen > 0:
                size = min(size, of.snaplen)
        else:
            ticks_high = u32(data, position + 12, big_endian)
            ticks_low = u32(data, position + 16, big_endian)
            size = u32(data, position + 20, big_endian)
            wire_length = u32(data, position + 24, big_endian)
        if size > MAXIMUM_CAPTURED:
            return n, position, _TOO_LONG, size
        if size > length - header - 4:
            return n, position, _BAD_PACKET, size
        if size > first_snaplen:
            stopped[0] = True
        offset[n] = position + header
        captured[n] = size
        wire[n] = min(wire_length, 0x7FFFFFFF)
        if kind == _SIMPLE_PACKET:
            time_us[n] = 0  # it has no time stamp
            nanosecond[n] = 0
        else:
            time_us[n] = _microseconds(
                ticks_high, ticks_low, of.multiply, of.divide, of.shift, of.offset_us
            )
            nanosecond[n] = _nanosecond(ticks_high, ticks_low, of.multiply, of.divide, of.shift)
        link_types[n] = of.link_type
        interface[n] = of.number
        frame[n] = first_frame + n
        behind[n] = stopped[0]
        n += 1
        position += length
    return n, position, _FULL, 0


@numba.njit(cache=True, nogil=True)
def _microseconds(
    high: Any, low: Any, multiply: Any, divide: Any, shift: Any, offset_us: Any
) -> Any:
    """A time stamp of 64 bits in microseconds since 1970, floored, kept within the limits above."""
    if shift < 0:
        ticks = (np.uint64(high) << np.uint64(32)) | np.uint64(low)
        ticks = ticks // divide
        since = _LATEST_US
        if multiply == 0 or ticks <= np.uint64(_LATEST_US) // multiply:
            since = numba.int64(ticks * multiply)
    else:
        # ticks * 10^6 >> shift; the product has up to 84 bits: all but its lower 32, and these.
        product = low * 1_000_000
        product_high = high * 1_000_000 + (product >> 32)
        product_low = product & 0xFFFFFFFF
        if shift >= 32:
            since = product_high >> min(shift - 32, 63)
        elif product_high >> (31 + shift):
            since = _LATEST_US
        else:
            since = (product_high << (32 - shift)) | (product_low >> shift)
    since = min(since, _LATEST_US - max(offset_us, 0))
    return numba.int64(max(since + offset_us, _EARLIEST_US))


@numba.njit(cache=True, nogil=True)
def _nanosecond(high: Any, low: Any, multiply: Any, divide: Any, shift: Any) -> Any:
    """Nanoseconds of a time stamp behind its microsecond; 0 of clocks finer than 10^-25 s or
    2^-32 s."""
    if shift < 0:
        if multiply == 0:
            return numba.int64(0)
        rest = ((np.uint64(high) << np.uint64(32)) | np.uint64(low)) % divide
        if divide < np.uint64(1000):
            return numba.int64(rest * (np.uint64(1000) // divide))
        return numba.int64(rest // (divide // np.uint64(1000)))
    if shift > 32:
        return numba.int64(0)
    below = (1 << shift) - 1
    return numba.int64(((((low & below) * 1_000_000) & below) * 1000) >> shift)
