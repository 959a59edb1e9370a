"""Captures to flow batches with everything around it: folders, health, Ctrl-C, progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from netad_pcap.engine.numba_cache import prepare_numba_cache
from netad_pcap.engine.progress import Progress, ProgressReport, bytes_of
from netad_pcap.engine.sources import PathLike, Sources, find_sources, refuse_damaged
from netad_pcap.errors import CaptureError, Interrupted, NetadError, UsageError

if TYPE_CHECKING:
    from netad_pcap.capture import KeptPackets
    from netad_pcap.flows import FlowBatch
    from netad_pcap.metering.meter import CaptureRead
    from netad_pcap.metering.native_feed import Feed, Reader
    from netad_pcap.report import CaptureRecord

__all__ = ["METERS", "Metering", "meter", "never"]

#: The meters by name, the default first (those of `metering.meter`).
METERS = ("native", "nfstream")
#: Most flows open at once where nobody says otherwise; they take less than a kilobyte each.
MAX_FLOWS = 1_000_000
#: Record header of a capture file, bytes: what a packet takes beside its own bytes.
_RECORD_BYTES = 16


def never() -> bool:
    """The `should_stop` of who has nothing to stop it."""
    return False


def meter(
    captures: PathLike | Sequence[PathLike],
    *,
    profile: str = "cic-2018",
    strict: bool = False,
    meter: str = METERS[0],
    join: bool = False,
    max_packets: int | None = None,
    max_flows: int | None = None,
    open_flows: bool = False,
) -> Iterator[FlowBatch]:
    """Flows of captures in the columns of a profile, batch by batch.

    Args:
        captures: a file, a folder, `-` for standard input, or several of them.
        profile: `cic-2018`, `cic-v4`, `cic-fixed` or `cic-fixed-2022`; `kdd` or `kdd-100` for
            the connections of KDD Cup 99 (not under `strict`).
        strict: exactly what the Java tool would write, garbage included.
        meter: `nfstream` or `native`.
        join: read all captures as one.
        max_packets: stop after so many packets of each group of joined captures.
        max_flows: most flows open at once; the one silent longest makes room, marked `evicted`.
            None: a million, under `strict` without limit.
        open_flows: at whole seconds of capture time batches also tell of the open flows that
            changed, in rows with `open`, behind the rows that left (not under `strict`).

    Yields:
        `FlowBatch`es of some tens of thousands of rows.

    Raises:
        CaptureError: a capture cannot be read.
        UsageError: no such profile or meter.
    """
    prepare_numba_cache()
    from netad_pcap.capture import open_capture

    run = Metering(
        find_sources(captures, allow_tables=False),
        profile=profile,
        strict=strict,
        meter=meter,
        join=join,
        max_packets=max_packets,
        max_flows=max_flows,
        open_flows=open_flows,
        open_reader=open_capture,
    )
    yield from run.batches()
    for error in run.unreadable.values():
        raise error


@dataclass
class Metering:
    """One run of the meter over several captures.

    Attributes:
        sources: what to read.
        beside: other profiles to meter in the same walk (`metering.meter`).
        reads: what is known of each capture so far, filled while reading.
        max_flows: as for `meter`.
        open_flows: as for `meter`.
        interrupted: `should_stop` ended it.
        open_reader: opens what a source names; None: captures, which are hashed for the report.
        open_feed: reads what a source names, in place of `meter` and `open_reader`.
        each_second: batches come at whole seconds of capture time (see `metering.meter`).
        kept: gets all packets that are read.
        rows: given so far, of `profile`.
    """

    sources: Sources
    profile: str = "cic-2018"
    beside: tuple[str, ...] = ()
    strict: bool = False
    meter: str = METERS[0]
    join: bool = False
    max_packets: int | None = None
    max_flows: int | None = None
    open_flows: bool = False
    strict_capture: bool = False
    should_stop: Callable[[], bool] = never
    progress: ProgressReport | None = None
    open_reader: Callable[[str], Reader] | None = None
    open_feed: Callable[[str], Feed] | None = None
    each_second: bool = False
    kept: KeptPackets | None = None
    reads: list[CaptureRead] = field(default_factory=list)
    interrupted: bool = False
    rows: int = 0

    def __post_init__(self) -> None:
        from netad_pcap.metering.rules import ALL_PROFILES, PROFILES

        if self.strict and self.profile in ALL_PROFILES and self.profile not in PROFILES:
            raise UsageError(
                f"--strict is the Java tool to the letter, and profile {self.profile} is not the "
                "tool's: leave --strict out"
            )
        self._size = bytes_of(self.sources.names)

    def batches(self) -> Iterator[FlowBatch]:
        """The flows; open ones are flushed when `should_stop` says yes.

        Raises:
            CaptureError: the only capture cannot be read, or none can.
        """
        prepare_numba_cache()
        from netad_pcap.metering.meter import meter as metered
        from netad_pcap.metering.rules import ALL_PROFILES

        for profile in (self.profile, *self.beside):
            if profile not in ALL_PROFILES:
                known = ", ".join(ALL_PROFILES)
                raise UsageError(f"no profile {profile!r}; use one of {known}")
        if self.meter not in METERS:
            raise UsageError(f"no meter {self.meter!r}; use one of {', '.join(METERS)}")
        if self.strict and (self.max_flows is not None or self.open_flows):
            raise UsageError(
                "--strict: the Java tool forgets no flow and tells of none before its end; leave "
                "--max-flows out"
            )
        if self.strict_capture:
            refuse_damaged(self.sources.names)
        try:
            for batch in metered(
                self.sources.names,
                profile=self.profile,
                beside=self.beside,
                strict=self.strict,
                meter=self.meter,
                join=self.join,
                max_packets=self.max_packets,
                max_flows=None if self.strict else self.max_flows or MAX_FLOWS,
                open_flows=self.open_flows,
                reads=self.reads,
                should_stop=self._between_blocks,
                open_reader=self.open_reader,
                open_feed=self.open_feed,
                each_second=self.each_second,
                kept=self.kept,
            ):
                if batch.profile == self.profile:
                    self.rows += len(batch) - int(batch.identity["open"].sum())
                yield batch
        except CaptureError:
            if self.should_stop():
                raise Interrupted("interrupted before anything was read") from None
            raise
        failed = self.unreadable
        if self.reads and all(read.error is not None for read in self.reads):
            raise next(iter(failed.values()))
        if self.strict_capture:
            self._refuse_damage()

    @property
    def name(self) -> str:
        """Of the meter, as a report tells it."""
        return self.meter

    @property
    def clock_us(self) -> int | None:
        """To where capture time has come without a packet (live); None: packets tell it."""
        return self.reads[-1].clock_us if self.reads else None

    def group_of(self, batch: FlowBatch) -> int:
        """Number of the group of joined captures that a batch belongs to."""
        number = int(batch.identity["capture"][0])
        return sum(not read.joined for read in self.reads[: number + 1])

    def start_us(self, group: int) -> int:
        """First time stamp of a group, µs since 1970."""
        begins = [read for read in self.reads if not read.joined]
        start = begins[group - 1].health.start_us
        return 0 if start is None else start

    def records(self) -> list[CaptureRecord]:
        """What was read, for a report."""
        from netad_pcap.engine.records import capture_records

        return capture_records(self.reads, self.unreadable)

    def remarks(self) -> list[str]:
        """What a person should know of the run."""
        from netad_pcap.engine.no_flow import why_no_flow

        return [] if self.rows else [why_no_flow(self.reads, self.profile, strict=self.strict)]

    @property
    def unreadable(self) -> dict[str, NetadError]:
        """Name → why, of the captures that could not be read."""
        failed: dict[str, NetadError] = dict(self.sources.unreadable)
        for read in self.reads:
            if read.error is not None:
                failed[read.name] = read.error
        return failed

    def _between_blocks(self) -> bool:
        if self.progress is not None and self.reads:
            packets = sum(read.health.packets for read in self.reads)
            read_bytes = sum(read.health.bytes for read in self.reads)
            done = read_bytes + _RECORD_BYTES * packets
            plain = all(read.compression is None for read in self.reads)
            share = min(1.0, done / self._size) if self._size and plain else None
            last = self.reads[-1]
            self.progress(
                Progress(last.name, packets, self.rows, share, last.open_flows, last.health.dropped)
            )
        self.interrupted = self.interrupted or self.should_stop()
        return self.interrupted

    def _refuse_damage(self) -> None:
        """What only reading shows: standard input, and files that changed meanwhile."""
        for read in self.reads:
            for damage in read.health.damage:
                raise CaptureError(
                    f"{read.name} is damaged: {damage.message} at byte {damage.offset:,} "
                    f"(frame {damage.frame:,})"
                )
