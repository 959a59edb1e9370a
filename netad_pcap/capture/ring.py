"""The ring that the kernel writes packets into (AF_PACKET, TPACKET_V3), and its blocks as frames.

Layout as in linux/if_packet.h and Documentation/networking/packet_mmap.rst. Nothing is copied:
a FrameBlock's data are the ring itself. Lengths and offsets are checked against the block
before anything is read by them.
"""

from __future__ import annotations

import mmap
import socket
import struct
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture.byte_order import u16, u32

__all__ = ["BLOCK_BYTES", "BLOCK_FRAMES", "PacketRing", "walk_block"]

_SOL_PACKET = 263
_PACKET_RX_RING, _PACKET_STATISTICS, _PACKET_VERSION, _PACKET_RESERVE = 5, 6, 10, 12
_TPACKET_V3 = 2

#: A block stays in the second level cache while it is read.
BLOCK_BYTES = 1 << 18
_FRAME_BYTES = 1 << 11  # means nothing in version 3, but the kernel checks it
_HEADER_BYTES = 48  # struct tpacket3_hdr; struct sockaddr_ll stands behind it
#: More frames than a block can hold.
BLOCK_FRAMES = BLOCK_BYTES // _HEADER_BYTES

# struct tpacket_block_desc
_BLOCK_STATUS, _BLOCK_PACKETS, _BLOCK_FIRST = 8, 12, 16
_USER = 1  # TP_STATUS_USER: the block is ours until we write 0 there

# struct tpacket3_hdr, and struct sockaddr_ll behind it
_NEXT, _SECONDS, _NANOSECONDS, _CAPTURED, _WIRE, _STATUS, _MAC = 0, 4, 8, 12, 16, 20, 24
_VLAN_TCI, _VLAN_TPID = 32, 36
_VLAN_VALID, _VLAN_TPID_VALID = 1 << 4, 1 << 6
#: A tag, and the two addresses in front of which the kernel leaves room for it.
_TAG_BYTES, _ADDRESSES_BYTES = 4, 12
_ETHERNET = 1


class PacketRing:
    """The ring of one packet socket; blocks are taken in order, one at a time.

    Attributes:
        data: uint8, all blocks, one behind the other.
    """

    def __init__(self, packets: socket.socket, size: int, timeout_ms: int) -> None:
        """Sets the ring up; the socket must not yet be bound.

        Args:
            packets: a packet socket of protocol 0.
            size: bytes of all blocks together.
            timeout_ms: after so long a block with any packet in it is ours.

        Raises:
            OSError: the kernel has no such ring, or no memory for it.
        """
        self._socket = packets
        self._count = max(2, size // BLOCK_BYTES)
        length = self._count * BLOCK_BYTES
        packets.setsockopt(_SOL_PACKET, _PACKET_VERSION, _TPACKET_V3)
        packets.setsockopt(_SOL_PACKET, _PACKET_RESERVE, _TAG_BYTES)
        request = struct.pack(
            "IIIIIII", BLOCK_BYTES, self._count, _FRAME_BYTES, length // _FRAME_BYTES,
            timeout_ms, 0, 0,
        )  # fmt: skip
        packets.setsockopt(_SOL_PACKET, _PACKET_RX_RING, request)
        self._map = mmap.mmap(
            packets.fileno(), length, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE
        )
        self.data: NDArray[np.uint8] = np.frombuffer(self._map, np.uint8)
        self._statuses = [
            self.data[at + _BLOCK_STATUS : at + _BLOCK_STATUS + 4].view(np.uint32)
            for at in range(0, length, BLOCK_BYTES)
        ]
        self._next = 0

    @property
    def ready(self) -> bool:
        """Whether the next block is ours."""
        return bool(self._statuses[self._next][0] & _USER)

    @property
    def begin(self) -> int:
        """Where the next block begins in `data`."""
        return self._next * BLOCK_BYTES

    def release(self) -> None:
        """Gives the block back to the kernel, which may write it at once, and goes on."""
        self._statuses[self._next][0] = 0
        self._next = (self._next + 1) % self._count

    def take_drops(self) -> int:
        """Packets that found the ring full since this was last asked."""
        counts = self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 12)
        _, drops, _ = struct.unpack("III", counts)
        return int(drops)


@numba.njit(cache=True, nogil=True)
def walk_block(
    data: NDArray[Any],
    begin: int,
    size: int,
    link_type: int,
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
) -> int:
    """Packets of the block `data[begin : begin + size]` into columns, in the order they came.

    A VLAN tag that the kernel took off is put back where it was: the addresses move down
    into the room in front of the frame. Packets whose headers lie are passed over.

    Args:
        data: uint8, the ring; VLAN tags are written into it.
        begin: where the block begins.
        size: its length.
        link_type: LINKTYPE_ number of all packets.
        first_frame: number of the first frame.
        offset: int64 [n], filled; the other columns as in `FrameBlock`.

    Returns:
        How many frames were taken.
    """
    end = begin + size
    n = 0
    at = begin + u32(data, begin + _BLOCK_FIRST, False)
    for _ in range(u32(data, begin + _BLOCK_PACKETS, False)):
        if n == len(offset) or at + _HEADER_BYTES > end:
            break
        length = u32(data, at + _CAPTURED, False)
        mac = u16(data, at + _MAC, False)
        status = u32(data, at + _STATUS, False)
        start = at + mac
        following = u32(data, at + _NEXT, False)
        if mac >= _HEADER_BYTES and start + length <= end:
            on_wire = u32(data, at + _WIRE, False)
            tagged = status & _VLAN_VALID and link_type == _ETHERNET
            room = mac >= _HEADER_BYTES + _TAG_BYTES and length >= _ADDRESSES_BYTES
            if tagged and room:
                start -= _TAG_BYTES
                for i in range(start, start + _ADDRESSES_BYTES):
                    data[i] = data[i + _TAG_BYTES]
                tpid = 0x8100
                if status & _VLAN_TPID_VALID:
                    tpid = u16(data, at + _VLAN_TPID, False)
                tci = u32(data, at + _VLAN_TCI, False)
                tag = start + _ADDRESSES_BYTES
                data[tag], data[tag + 1] = tpid >> 8, tpid & 255
                data[tag + 2], data[tag + 3] = (tci >> 8) & 255, tci & 255
                length += _TAG_BYTES
                on_wire += _TAG_BYTES
            seconds = u32(data, at + _SECONDS, False)
            fraction = u32(data, at + _NANOSECONDS, False)
            offset[n] = start
            captured[n] = length
            wire[n] = min(on_wire, 0x7FFFFFFF)
            time_us[n] = seconds * 1_000_000 + fraction // 1000
            link_types[n] = link_type
            interface[n] = 0
            frame[n] = first_frame + n
            behind[n] = False
            nanosecond[n] = fraction % 1000
            n += 1
        if following == 0:
            break
        at += following
    return n
