"""A live interface through NFStream: its packets as frames of raw IP, with names of flows.

For systems without the ring of `capture.live`, and for who wants names of applications live.
NFStream captures in a process of its own (`nfstream_live_worker`). It hands over IP packets
without their link layer, stamped in milliseconds, never backwards. Time is told by packets
alone: what is over on a silent wire is known with the next packet.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np

from netad_pcap.capture import CaptureHealth, FrameBlock, Interface
from netad_pcap.capture.reader import empty_columns
from netad_pcap.capture.tally import Tally
from netad_pcap.errors import CaptureRightsError
from netad_pcap.metering.applications import Applications
from netad_pcap.metering.nfstream_feed import N_DISSECTIONS, FedBlock
from netad_pcap.metering.nfstream_messages import (
    COUNTS,
    GONE,
    NAMES,
    PACKETS,
    REFUSED,
    Packets,
    decode_counts,
    decode_names,
    decode_packets,
)
from netad_pcap.metering.nfstream_process import NFStreamProcess, printable
from netad_pcap.metering.spool import TemporaryFolder

__all__ = ["NFStreamLive"]

_RAW_IP: Final = 101  # LINKTYPE_RAW
_SNAPLEN: Final = 65_535  # NFStream's lengths have 16 bits
#: Silence of NFStream's process for longer than this is a hang; it speaks ten times a second.
_PATIENCE_S: Final = 15.0
#: The kernel keeps packets to itself for up to a second, our plugin for a tenth.
_LAST_PACKETS_S: Final = 1.3


class NFStreamLive:
    """A capture that runs: a context manager, read once; its own feed and its own reader.

    Args:
        name: of the interface.
        capture_filter: expression of pcap-filter(7).
        promiscuous: also packets that are not for this machine.
        buffer_mib: room for packets that wait, MiB.
        should_stop: asked ten times a second; yes ends the capture, and what came until then
            is given.

    Attributes:
        applications: names, as they are known so far.
        health: what was read so far, and what NFStream dropped and left out, as of its last
            look: it counts once for each second in which packets come.
        gone: the interface went away, which ended the capture.

    Raises (while iterating):
        CaptureRightsError: no right to capture, or no such interface.
        Defect: NFStream failed, hung or was killed.
    """

    format = "live"
    compression = None
    sha256 = None
    read_once = True
    clock = "ms"
    clock_us = None
    stopped_early = False

    def __init__(
        self,
        name: str,
        *,
        capture_filter: str | None = None,
        promiscuous: bool = False,
        buffer_mib: int,
        should_stop: Callable[[], bool],
    ) -> None:
        self.name = name
        self.reader = self
        self.applications = Applications()
        self.interfaces = [Interface(0, _RAW_IP, _SNAPLEN, name, "10^-3 s")]
        self.health = CaptureHealth(interfaces=1, link_types={_RAW_IP: 0})
        self.gone = False
        self._arguments = [
            name,
            *("--buffer-bytes", str(buffer_mib << 20)),
            *("--n-dissections", str(N_DISSECTIONS)),
            *(["--promiscuous"] if promiscuous else []),
            *(["--filter", capture_filter] if capture_filter is not None else []),
        ]
        self._should_stop = should_stop
        self._index = _index_of(name)
        self._tally = Tally()
        self._taken = 0
        self._ignored = 0
        self._open = contextlib.ExitStack()

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
        """Ends NFStream at once; safe to repeat."""
        self._open.close()

    def __iter__(self) -> Iterator[FedBlock]:
        """The packets as they come; blocks are empty where the wire is silent."""
        folder = self._open.enter_context(TemporaryFolder(None, f"NFStream's words on {self.name}"))
        process = NFStreamProcess(
            "netad_pcap.metering.nfstream_live_worker",
            self._arguments,
            self.name,
            patience_s=_PATIENCE_S,
            log=Path(folder.path, "nfstream.log"),
        )
        self._open.callback(process.close)
        yield from self._blocks(process.messages())

    def _blocks(self, messages: Iterator[tuple[int, bytes]]) -> Iterator[FedBlock]:
        stop_ms: int | None = None
        end = 0.0
        for kind, body in messages:
            if kind != PACKETS:
                self._learn(kind, body)
                continue
            packets = decode_packets(body)
            if stop_ms is None and self._should_stop():
                stop_ms = time.time_ns() // 1_000_000
                end = time.monotonic() + _LAST_PACKETS_S
            count = len(packets.tag)
            if stop_ms is not None:  # times never run back
                count = int(np.searchsorted(packets.time_ms, stop_ms, side="right"))
            yield self._fed(packets, count)
            later = count < len(packets.tag) or (stop_ms is not None and time.monotonic() >= end)
            self.gone = self._index is not None and _index_of(self.name) != self._index
            if later or self.gone:
                return

    def _learn(self, kind: int, body: bytes) -> None:
        if kind == NAMES:
            for name in decode_names(body):
                self.applications.learn(name)
        elif kind == GONE:
            self.applications.close(np.frombuffer(body, "<i4").tolist())
        elif kind == COUNTS:
            dropped, ignored = decode_counts(body)
            self.health.dropped = dropped
            self.health.packets += ignored - self._ignored
            self.health.ignore("refused_by_nfstream", ignored - self._ignored)
            self._ignored = ignored
        elif kind == REFUSED:
            raise CaptureRightsError(
                f"cannot capture on {self.name}: {printable(body)}; see netad-pcap doctor"
            )

    def _fed(self, packets: Packets, count: int) -> FedBlock:
        """The first packets as a block."""
        size = packets.size[:count]
        block = empty_columns(count)._replace(data=packets.data)
        block.offset[:] = np.cumsum(size, dtype=np.int64) - size
        block.captured[:] = block.wire[:] = size
        block.time_us[:] = packets.time_ms[:count] * 1000
        block.link_type[:] = _RAW_IP
        block.frame[:] = np.arange(self._taken + 1, self._taken + 1 + count)
        for column in (block.interface, block.behind, block.nanosecond):
            column[:] = 0
        self._taken += count
        if count:
            self._count(block)
        return FedBlock(block, None, packets.tag[:count])

    def _count(self, block: FrameBlock) -> None:
        self._tally.add(block)
        self._tally.report(self.health)
        self.health.packets += self._ignored
        self.health.link_types[_RAW_IP] = self._taken


def _index_of(name: str) -> int | None:
    """The system's number of an interface; None where it knows none of this name."""
    try:
        return socket.if_nametoindex(name)
    except OSError:
        return None
