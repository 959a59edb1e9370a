"""A live interface as a source of frame blocks (Linux), the twin of `CaptureReader`.

    packet socket → ring → walk_block → FrameBlock

It ends when it is told to stop, or when the interface goes away. A silent wire gives empty
blocks, and `clock_us` goes on.
"""

from __future__ import annotations

import ctypes
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from netad_pcap.capture.frames import FrameBlock
from netad_pcap.capture.health import CaptureHealth
from netad_pcap.capture.interfaces import Interface
from netad_pcap.capture.network import (
    NetworkInterface,
    find_network_interface,
    network_interfaces,
)
from netad_pcap.capture.packet_filter import compile_filter
from netad_pcap.capture.reader import empty_columns
from netad_pcap.capture.rights import CAPTURE_REMEDY, has_ring
from netad_pcap.capture.ring import BLOCK_BYTES, BLOCK_FRAMES, PacketRing, walk_block
from netad_pcap.capture.tally import Tally
from netad_pcap.errors import CaptureRightsError, UsageError

__all__ = ["LiveCapture", "check_live", "open_live"]

#: After so long a block with any packet in it is handed over.
_BLOCK_TIMEOUT_MS = 100
#: The kernel hands a block over at the second look of its timer at the latest; whatever was
#: stamped this long ago has been read when the ring is empty.
_TICK_BEHIND_US = 1_000_000
_SNAPLEN = 262_144

_SOL_PACKET = 263
_PACKET_ADD_MEMBERSHIP, _PACKET_IGNORE_OUTGOING = 1, 23
_PACKET_MR_PROMISC = 1
_SO_ATTACH_FILTER = 26
_ETH_P_ALL = 3


def open_live(
    name: str,
    *,
    capture_filter: str | None = None,
    promiscuous: bool = False,
    ring_mib: int,
    should_stop: Callable[[], bool],
) -> LiveCapture:
    """Begins to capture on an interface.

    Args:
        name: of the interface.
        capture_filter: expression of pcap-filter(7), applied by the kernel.
        promiscuous: also packets that are not for this machine.
        ring_mib: room for packets that wait, MiB.
        should_stop: asked between blocks; yes ends the capture, and what came until then is
            given.

    Raises:
        CaptureRightsError: no right to capture, or no such interface; or it is down.
        UsageError: no such filter, or a link layer that we cannot read.
    """
    if not has_ring():
        raise UsageError(
            "the native meter captures on Linux only; elsewhere NFStream does (--meter nfstream), "
            "or: tcpdump -U -i INTERFACE -w - | netad-pcap monitor -"
        )
    found, program, packets = _begin(name, capture_filter)
    try:
        ring = PacketRing(packets, ring_mib << 20, _BLOCK_TIMEOUT_MS)
        _prepare(packets, found, program, promiscuous=promiscuous)
        packets.bind((name, _ETH_P_ALL))
    except OSError as error:
        packets.close()
        raise CaptureRightsError(
            f"cannot capture on {name}: {error.strerror}; see netad-pcap doctor"
        ) from None
    return LiveCapture(found, packets, ring, should_stop)


def check_live(name: str, *, capture_filter: str | None = None) -> None:
    """Says what `open_live` would say of an interface and a filter, and begins nothing.

    Raises:
        CaptureRightsError: no right to capture, or no such interface; or it is down.
        UsageError: no such filter, or a link layer that we cannot read.
    """
    _begin(name, capture_filter)[2].close()


def _begin(name: str, capture_filter: str | None) -> tuple[NetworkInterface, bytes, socket.socket]:
    """The interface, the compiled filter, and a socket that receives nothing yet."""
    found = find_network_interface(name)
    if found is None:
        names = ", ".join(one.name for one in network_interfaces())
        raise CaptureRightsError(f"no interface {name!r}; there are {names}")
    if found.link_type is None:
        raise UsageError(
            f"{name} has a link layer that we do not capture (ARPHRD {found.hardware}); "
            f"tcpdump may: tcpdump -U -i {name} -w - | netad-pcap monitor -"
        )
    if not found.up:
        raise CaptureRightsError(f"{name} is down; bring it up: ip link set {name} up")
    program = b"" if capture_filter is None else compile_filter(capture_filter, found.link_type)
    try:
        # Of protocol 0 it receives nothing, so no packet passes before the filter stands.
        packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    except PermissionError:
        raise CaptureRightsError(f"no right to capture on {name}; {CAPTURE_REMEDY}") from None
    return found, program, packets


def _prepare(
    packets: socket.socket, found: NetworkInterface, program: bytes, *, promiscuous: bool
) -> None:
    if found.is_loopback:  # each packet comes out and in again
        packets.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
    if program:
        instructions = ctypes.create_string_buffer(program, len(program))
        count = len(program) // 8
        attached = struct.pack("HP", count, ctypes.addressof(instructions))  # struct sock_fprog
        packets.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, attached)
    if promiscuous:
        wanted = struct.pack("iHH8x", found.index, _PACKET_MR_PROMISC, 0)  # struct packet_mreq
        packets.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, wanted)


class LiveCapture:
    """A capture that runs: a context manager, read once.

    Attributes:
        name: of the interface.
        health: what was read so far, and what the ring had no room for.
        clock_us: no packet stamped before this will come any more, µs since 1970; None before
            the wire was first silent.
        gone: the interface went away, which ended the capture.
        most_packets: the capture ends behind so many; None: by itself never.
    """

    format = "live"
    compression = None
    sha256 = None
    read_once = True

    def __init__(
        self,
        found: NetworkInterface,
        packets: socket.socket,
        ring: PacketRing,
        should_stop: Callable[[], bool],
    ) -> None:
        """Use `open_live`."""
        assert found.link_type is not None
        self.name = found.name
        self.interfaces = [Interface(0, found.link_type, _SNAPLEN, found.name, "10^-9 s")]
        self.health = CaptureHealth(interfaces=1, link_types={found.link_type: 0})
        self.clock_us: int | None = None
        self.gone = False
        self.most_packets: int | None = None
        self._index = found.index
        self._link_type = found.link_type
        self._packets = packets
        self._ring = ring
        self._should_stop = should_stop
        self._tally = Tally()

    def blocks(self) -> Iterator[FrameBlock]:
        """The packets as they come; a block is valid until the next is asked for.

        Blocks are empty where the wire is silent: then `clock_us` is new.
        """
        columns = empty_columns(BLOCK_FRAMES)
        poller = select.poll()
        poller.register(self._packets, select.POLLIN)
        stopping_at: float | None = None
        while True:
            if stopping_at is None and (self.gone or self._should_stop()):
                # What has come lies in a block that is handed over soon.
                self._end_arrivals()
                stopping_at = time.monotonic() + 3 * _BLOCK_TIMEOUT_MS / 1000
            now_us = time.time_ns() // 1000  # before the look at the ring
            if self._ring.ready:
                block = self._frames(columns)
                yield block
                self._ring.release()
                if self.health.limited:
                    return
                continue
            if stopping_at is not None and time.monotonic() >= stopping_at:
                return
            self.health.dropped += self._ring.take_drops()
            self.clock_us = now_us - _TICK_BEHIND_US
            yield FrameBlock(self._ring.data, *(column[:0] for column in columns[1:]))
            events = poller.poll(_BLOCK_TIMEOUT_MS)
            if any(event & select.POLLERR for _, event in events):
                self.gone = self._is_gone()

    def close(self) -> None:
        """Ends the capture."""
        self._packets.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _frames(self, columns: FrameBlock) -> FrameBlock:
        ring, health = self._ring, self.health
        count = walk_block(
            ring.data, ring.begin, BLOCK_BYTES, self._link_type, health.packets + 1, *columns[1:]
        )
        if self.most_packets is not None and count >= self.most_packets - health.packets:
            count = self.most_packets - health.packets
            health.limited = True
        block = FrameBlock(ring.data, *(column[:count] for column in columns[1:]))
        self._tally.add(block)
        self._tally.report(health)
        health.link_types[self._link_type] = health.packets
        health.dropped += ring.take_drops()
        return block

    def _end_arrivals(self) -> None:
        """No packet comes any more; those in the ring stay."""
        if not self.gone:
            self._packets.bind((self.name, 0))

    def _is_gone(self) -> bool:
        """Whether the interface is no more; one that is only down may come up again."""
        self._packets.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)  # clears it
        try:
            socket.if_indextoname(self._index)
        except OSError:
            return True
        return False
