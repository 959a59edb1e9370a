"""meter(): captures in, FlowBatches out. Packets, rule book and health put together once.

    capture.open_capture → [NFStream: which frames] → decode → FlowTable → FlowBatch

Captures that continue one another are metered as one, with flow state kept (design 4).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture import KeptPackets, open_capture
from netad_pcap.capture.frames import FrameBlock
from netad_pcap.capture.health import CaptureHealth
from netad_pcap.errors import CaptureError, NetadError
from netad_pcap.flows import FlowBatch
from netad_pcap.metering.applications import COLUMNS, Application, name_flows
from netad_pcap.metering.decode import Decoded, decode_block
from netad_pcap.metering.native_feed import Feed, NativeFeed, Reader
from netad_pcap.metering.nfstream_feed import FedBlock, NFStreamFeed
from netad_pcap.metering.nfstream_refusals import refusal_causes
from netad_pcap.metering.packets import PACKET
from netad_pcap.metering.row_columns import BATCH_ROWS
from netad_pcap.metering.rules import FLOW_TIMEOUT_US
from netad_pcap.metering.table import FlowTable

__all__ = ["METERS", "CaptureRead", "meter"]

#: The meters by name, the default first.
METERS = ("native", "nfstream")


@dataclass
class CaptureRead:
    """What is known of one capture once it has been read; `meter` fills a list of these.

    Attributes:
        name: as the user gave it.
        health: what was read, metered and ignored.
        sha256: of the file as it lies on disk, hexadecimal; None where reading ended early.
        joined: its flows continue those of the capture before.
        error: why it could not be read; None where it was.
        open_flows: flows open when it was last read from.
        clock_us: to where capture time has come without a packet, µs since 1970; None where
            only packets tell the time.
    """

    name: str
    health: CaptureHealth
    sha256: str | None = None
    format: str | None = None
    compression: str | None = None
    joined: bool = False
    error: NetadError | None = None
    open_flows: int = 0
    clock_us: int | None = None


def meter(
    captures: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    profile: str = "cic-2018",
    beside: Sequence[str] = (),
    strict: bool = False,
    meter: str = METERS[0],
    join: bool = False,
    max_packets: int | None = None,
    max_flows: int | None = None,
    open_flows: bool = False,
    reads: list[CaptureRead] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    open_reader: Callable[[str], Reader] | None = None,
    open_feed: Callable[[str], Feed] | None = None,
    each_second: bool = False,
    kept: KeptPackets | None = None,
) -> Iterator[FlowBatch]:
    """Flows of captures in the columns of a profile.

    Args:
        captures: a file, `-` for standard input, or several; in the order given.
        profile: a name of `rules.PROFILES`.
        beside: other profiles to meter in the same walk. Their batches come between those of
            `profile`, each stream in its own order, and all have `origin`, by which a row of
            another profile finds its row of `profile`.
        strict: exactly the Java tool, in its row order; never joins unasked. Not with `beside`.
        meter: `nfstream` or `native`.
        join: read all captures as one.
        max_packets: stop after so many packets of each group of joined captures.
        max_flows: most flows open at once, see `FlowTable`; not with `strict`.
        open_flows: batches of `profile` also hold rows of open flows, see `FlowTable`; not with
            `strict`.
        reads: gets one `CaptureRead` per capture.
        should_stop: asked between blocks; when it says yes reading stops and open flows
            are flushed.
        open_reader: opens what a name of `captures` names; None: captures, which are hashed.
        open_feed: reads it, in place of both.
        each_second: rows are given as soon as they leave, at whole seconds of capture time; a
            batch without rows says that this went on by a clock alone.
        kept: gets all packets that are read.

    Yields:
        Batches of some tens of thousands of rows, in the order in which rows leave.

    Raises:
        CaptureError: a capture cannot be read and it is the only one.
    """
    names = [captures] if isinstance(captures, str | os.PathLike) else list(captures)
    done: list[CaptureRead] = [] if reads is None else reads
    run = _Run(
        (profile, *beside),
        strict=strict,
        meter=meter,
        join=join,
        max_packets=max_packets,
        max_flows=max_flows,
        open_flows=open_flows,
        should_stop=should_stop,
        open_reader=open_reader or _open_hashed,
        open_feed=open_feed,
        each_second=each_second,
        kept=kept,
    )
    for name in names:
        read = CaptureRead(os.fspath(name), CaptureHealth())
        done.append(read)
        try:
            yield from run.capture(read)
        except CaptureError as error:
            if len(names) == 1:
                raise
            read.error = error
        if should_stop():
            break
    yield from run.finish()


class _Run:
    """One pass over several captures: the open tables and where the last capture ended."""

    def __init__(
        self,
        profiles: tuple[str, ...],
        *,
        strict: bool,
        meter: str,
        join: bool,
        max_packets: int | None,
        max_flows: int | None,
        open_flows: bool,
        should_stop: Callable[[], bool],
        open_reader: Callable[[str], Reader],
        open_feed: Callable[[str], Feed] | None,
        each_second: bool,
        kept: KeptPackets | None,
    ) -> None:
        self.profiles = profiles
        self.strict = strict
        self.join = join
        self.max_packets = max_packets
        self.max_flows = max_flows
        self.open_flows = open_flows
        self.should_stop = should_stop
        self.open_reader = open_reader
        self.open_feed = open_feed or (
            self._through_nfstream if meter == "nfstream" else self._natively
        )
        self.each_second = each_second
        self.kept = kept
        self.names: list[str] = []
        #: One per profile while captures are joined; none before the first frame.
        self.tables: tuple[FlowTable, ...] = ()
        self.link_type: int | None = None
        self.end_us: int | None = None
        self.packets = 0
        self.frames = 0  # metered blocks' frames, of all groups: counts origins
        self.clock = "us"
        self.packets_out = np.empty(0, PACKET)
        #: By number of the capture; a flow's tag belongs to the capture in which it begins.
        self.applications: dict[int, Mapping[int, Application]] = {}

    def capture(self, read: CaptureRead) -> Iterator[FlowBatch]:
        """Meters one capture; opens new tables unless it continues the one before."""
        number = len(self.names)
        self.names.append(read.name)
        begun = False
        with self.open_feed(read.name) as feed:
            self.clock = feed.clock
            self.applications[number] = feed.applications
            for fed in feed:
                block = fed.frames
                if not len(block.frame):
                    yield from self._silence(feed.reader.clock_us, read)
                    if self.should_stop():
                        break
                    continue
                if not begun:
                    begun = True
                    _note(read, feed.reader)
                    read.joined = self._continues(block)
                    if not read.joined:
                        yield from self.finish()
                        self.tables = tuple(map(self._new_table, self.profiles))
                        self.link_type = int(block.link_type[0])
                left = None if self.max_packets is None else self.max_packets - self.packets
                if left is not None and left < len(block.frame):
                    fed = fed.part(0, left)
                    block = fed.frames
                self.packets += len(block.frame)
                if self.kept is not None:
                    self.kept.write(block, feed.reader.interfaces)
                evicted = self.tables[0].evicted
                for part in self._parts(fed):
                    self._meter_block(part, number, read.health)
                    yield from self._rows(1 if self.each_second else BATCH_ROWS)
                read.open_flows = self.tables[0].open_flows
                read.health.evicted_flows += self.tables[0].evicted - evicted
                # A pipe cannot be read again: what was spooled is metered whole.
                spooled = feed.stopped_early and feed.reader.read_once
                if self.packets == self.max_packets or (self.should_stop() and not spooled):
                    break
            _note(read, feed.reader)
        self.end_us = read.health.end_us

    def _opened(self, name: str) -> Reader:
        reader = self.open_reader(name)
        reader.most_packets = self.max_packets  # counts what is asked for, not what it read ahead
        return reader

    def _natively(self, name: str) -> Feed:
        return NativeFeed(lambda: self._opened(name))

    def _through_nfstream(self, name: str) -> Feed:
        def opened() -> Any:  # never the ring: NFStream captures live by a feed of its own
            return self._opened(name)

        return NFStreamFeed(opened, should_stop=self.should_stop)

    def _new_table(self, profile: str) -> FlowTable:
        return FlowTable(
            profile,
            strict=self.strict,
            origins=len(self.profiles) > 1,
            open_flows=self.open_flows and profile == self.profiles[0],
            max_flows=self.max_flows,
        )

    def finish(self) -> Iterator[FlowBatch]:
        """Flushes the open tables."""
        for table in self.tables:
            for batch in table.finish():
                yield self._named(batch)
        self.tables = ()
        self.packets = 0

    def _silence(self, clock_us: int | None, read: CaptureRead) -> Iterator[FlowBatch]:
        """Rows that leave because time goes on where no packet comes, second by second."""
        if clock_us is None or not self.tables:
            return
        before = self.tables[0].second
        for table in self.tables:
            table.advance(clock_us)
        read.clock_us = clock_us
        read.open_flows = self.tables[0].open_flows
        if self.tables[0].second > before:
            yield from self._rows(1)
            yield self._named(self.tables[0].no_rows())

    def _parts(self, fed: FedBlock) -> Iterator[FedBlock]:
        """The block, cut where capture time comes to a whole second if rows are wanted there."""
        if not self.each_second:
            yield fed
            return
        seconds = np.maximum.accumulate(fed.frames.time_us) // 1_000_000
        cuts = (np.flatnonzero(np.diff(seconds)) + 1).tolist()
        for begin, end in pairwise([0, *cuts, len(seconds)]):
            yield fed.part(begin, end)

    def _meter_block(self, fed: FedBlock, number: int, health: CaptureHealth) -> None:
        first, *others = self.tables
        decoded = self._decoded(fed, first)
        cause = decoded.cause
        if fed.accepted is not None:
            refused = ~fed.accepted & (cause == 0)
            if refused.any():
                cause = cause.copy()
                cause[refused] = refusal_causes(fed.frames, refused)
        health.count_causes(cause)
        if not others:
            first.feed(decoded.packets, number)
            return
        frames = len(fed.frames.frame)
        origins = self.frames + decoded.row.astype(np.int64)
        self.frames += frames
        first.feed(decoded.packets, number, origins)
        by_frame = np.full(frames, -1, np.int64)
        by_frame[decoded.row] = origins
        for table in others:
            decoded = self._decoded(fed, table)
            table.feed(decoded.packets, number, by_frame[decoded.row])

    def _decoded(self, fed: FedBlock, table: FlowTable) -> Decoded:
        """The packets that a table is fed: of accepted frames, with their tags; until the next
        ones are decoded."""
        frames = len(fed.frames.frame)
        if len(self.packets_out) < frames:  # fresh memory for each block costs as much as decoding
            self.packets_out = np.empty(frames, PACKET)
        decoded = decode_block(
            fed.frames, profile=table.profile, strict=self.strict, packets_out=self.packets_out
        )
        packets, row = decoded.packets, decoded.row
        if fed.accepted is not None and not fed.accepted.all():
            keep = fed.accepted[row]
            # `compress`: an index would copy the records field by field.
            packets, row = packets.compress(keep), row[keep]
        if fed.tag is not None:
            packets["tag"] = fed.tag[row]
        return Decoded(packets, row, decoded.cause)

    def _rows(self, at_least: int) -> Iterator[FlowBatch]:
        for table in self.tables:
            for batch in table.take_rows(at_least=at_least):
                yield self._named(batch)

    def _named(self, batch: FlowBatch) -> FlowBatch:
        """The batch with names of captures, and of applications where the meter knows any."""
        nameless = np.broadcast_to(np.array("", object), len(batch))
        names: dict[str, NDArray[Any]] = dict.fromkeys(COLUMNS, nameless)
        if any(self.applications.values()):
            names = {column: nameless.copy() for column in COLUMNS}
            for number in np.unique(batch.identity["capture"]).tolist():
                known = self.applications[number]
                if not known:
                    continue
                rows = batch.identity["capture"] == number
                for column, texts in name_flows(batch.identity["tag"][rows], known).items():
                    names[column][rows] = texts
        return replace(batch, captures=tuple(self.names), text=names, clock=self.clock)

    def _continues(self, block: FrameBlock) -> bool:
        """Whether a capture that begins with `block` continues the open one (design 4)."""
        if not self.tables:
            return False
        if self.join:
            return True
        if self.strict or self.end_us is None:
            return False
        pause = int(block.time_us[0]) - self.end_us
        same_link = int(block.link_type[0]) == self.link_type
        return same_link and 0 <= pause <= FLOW_TIMEOUT_US


def _open_hashed(name: str) -> Reader:
    return open_capture(name, sha256=True)


def _note(read: CaptureRead, reader: Any) -> None:
    """What the reader knows so far; its health is one object that goes on counting."""
    read.health = reader.health
    read.format, read.compression, read.sha256 = reader.format, reader.compression, reader.sha256
