"""`monitor`: a live interface, or what pretends to be one, in; events out while it happens.

live source → meter → context and detectors → findings → events

The same way as `analyze` (`engine.analysis.Run`); only what the rows are for differs.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from netad_pcap.capture.rights import has_ring
from netad_pcap.engine.analysis import ALERTS_PER_DAY, FPR, Run
from netad_pcap.engine.first_run import ONE_PACKET, compile_kernels
from netad_pcap.engine.metering import METERS, Metering, never
from netad_pcap.engine.numba_cache import prepare_numba_cache
from netad_pcap.engine.outputs import spare_inputs
from netad_pcap.engine.progress import Progress
from netad_pcap.engine.sources import PathLike, Sources
from netad_pcap.engine.threads import limit_threads
from netad_pcap.errors import CaptureRightsError, UsageError

if TYPE_CHECKING:
    from netad_pcap.capture import KeptPackets, LiveCapture
    from netad_pcap.engine.events import Events
    from netad_pcap.engine.judging import Judge
    from netad_pcap.metering.nfstream_live import NFStreamLive

__all__ = ["MonitorStatus", "Monitoring", "monitor"]

#: Room for packets that wait, MiB: 300 MB come in a second at half a million of 600 bytes.
RING_MIB = 256


@dataclass(frozen=True)
class MonitorStatus:
    """How a monitor stands.

    Attributes:
        source: name of the interface or capture.
        packets: read so far.
        flows: ended and judged so far.
        open_flows: open now.
        dropped: packets for which there was no room.
        findings: told so far.
    """

    source: str
    packets: int = 0
    flows: int = 0
    open_flows: int = 0
    dropped: int = 0
    findings: int = 0


def monitor(
    source: PathLike,
    *,
    models: Sequence[PathLike] = (),
    meter: str | None = None,
    fpr: float = FPR,
    alerts_per_day: float = ALERTS_PER_DAY,
    device: str = "auto",
    threads: int | None = None,
    all_flows: bool = False,
    max_packets: int | None = None,
    max_flows: int | None = None,
    capture_filter: str | None = None,
    promiscuous: bool = False,
    ring_mib: int = RING_MIB,
    keep: PathLike | None = None,
    keep_mb: int | None = None,
    force: bool = False,
    should_stop: Callable[[], bool] = never,
) -> Iterator[dict[str, Any]]:
    """What happens on a network, told while it happens.

    Args:
        source: the name of an interface; `-` for a capture on standard input; or a `Path`, a
            capture file that is read as if it came live.
        others: as the attributes of `Monitoring`.

    Yields:
        Events: findings when they are new, have grown, or are over; with `all_flows` each flow.

    Raises:
        CaptureRightsError: no right to capture, or no such interface.
        CaptureError: a capture cannot be read.
        ModelError: a model is missing or unfit.
        DeviceError: no such device.
        UsageError: no such filter, or an option that the source does not have.
        OutputError: the kept packets cannot be written, or exist.
    """
    run = Monitoring(
        source, models=models, meter=meter, fpr=fpr, alerts_per_day=alerts_per_day, device=device,
        threads=threads, all_flows=all_flows, max_packets=max_packets,
        max_flows=max_flows,
        capture_filter=capture_filter, promiscuous=promiscuous, ring_mib=ring_mib,
        keep=keep, keep_mb=keep_mb, force=force, should_stop=should_stop,
    )  # fmt: skip
    for lines in run.lines():
        for line in lines.splitlines():
            yield json.loads(line)


@dataclass
class Monitoring:
    """One run of `monitor`.

    Attributes:
        source: as for `monitor`.
        models: bundles by name or path; none: the shipped one.
        meter: `native`, or for an interface `nfstream`; None: the native one, but for
            interfaces where the system has no ring for it (not Linux).
        fpr: share of harmless flows that may be flagged.
        alerts_per_day: false findings expected per day of capture time begun, at most.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        threads: at once, at most; None: as many as there are cores.
        all_flows: tell every flow.
        max_packets: stop after so many packets.
        max_flows: most flows open at once; see `meter`.
        capture_filter: expression of pcap-filter(7); live only.
        promiscuous: also packets that are not for this machine; live only.
        ring_mib: room for packets that wait, MiB; live only.
        keep: pcapng file that keeps the packets; None: they are not kept.
        keep_mb: begin the next file behind so many megabytes; None: one file.
        force: replace files that are there.
        should_stop: asked while reading; yes ends it orderly.
        caution: told, before packets are read, what the way of reading costs, if it does.
        first_run: called before kernels are compiled that never were on this machine.
        tell: is told how it stands, many times a second.
        status: how it stands.
    """

    source: PathLike
    models: Sequence[PathLike] = ()
    meter: str | None = None
    fpr: float = FPR
    alerts_per_day: float = ALERTS_PER_DAY
    device: str = "auto"
    threads: int | None = None
    all_flows: bool = False
    max_packets: int | None = None
    max_flows: int | None = None
    capture_filter: str | None = None
    promiscuous: bool = False
    ring_mib: int = RING_MIB
    keep: PathLike | None = None
    keep_mb: int | None = None
    force: bool = False
    should_stop: Callable[[], bool] = never
    caution: Callable[[str], None] | None = None
    first_run: Callable[[], None] | None = None
    tell: Callable[[MonitorStatus], None] | None = None
    status: MonitorStatus = field(init=False)

    def __post_init__(self) -> None:
        self.status = MonitorStatus(os.fspath(self.source))
        self._metering: Metering | None = None
        self._capture: LiveCapture | NFStreamLive | None = None

    @property
    def live(self) -> bool:
        """Whether the source is an interface."""
        return isinstance(self.source, str) and self.source != "-"

    @property
    def through_nfstream(self) -> bool:
        """Whether NFStream captures the packets."""
        if self.meter is None:
            return self.live and not has_ring()
        return self.meter == "nfstream"

    def lines(self) -> Iterator[bytes]:
        """Events as lines of JSON, as many at once as are told at one time.

        Raises:
            CaptureRightsError: as `monitor`; also at the end, when the interface went away.
            NetadError: as `monitor`.
        """
        prepare_numba_cache()  # before the ring's kernels are imported
        self._check()
        limit_threads(self.threads)
        from netad_pcap.engine.events import Events
        from netad_pcap.engine.models import open_judge

        judge = open_judge(self.models, device=self.device, fpr=self.fpr, threads=self.threads)
        if self.first_run is not None:
            compile_kernels(self.first_run, profile=judge.profile, findings=True)
        if self.live:
            self._warm_up(judge)
        if self.through_nfstream and self.caution is not None:
            self.caution(_cautions(judge.clock))
        events = Events(alerts_per_day=self.alerts_per_day, all_flows=self.all_flows)
        name = os.fspath(self.source)
        with contextlib.ExitStack() as stack:
            metering = self._metering = Metering(
                Sources((name,), tables=False, unreadable={}),
                profile=judge.profile,
                max_packets=self.max_packets,
                max_flows=self.max_flows,
                open_flows=judge.asks_open_flows,
                # A live capture is asked to stop by itself: it gives what has come until then.
                should_stop=never if self.live else self.should_stop,
                progress=lambda progress: self._note(progress, events),
                open_reader=self._open_ring if self.live else None,
                open_feed=self._open_nfstream if self.through_nfstream else None,
                each_second=True,
                kept=self._kept(stack),
            )
            for _ in Run(judge, events).steps(metering):
                if lines := events.take():
                    yield lines
            yield events.take()
        self.status = replace(
            self.status, flows=events.flows, open_flows=0, findings=events.findings
        )
        if self._capture is not None and self._capture.gone:
            raise CaptureRightsError(f"{name} went away; what came until then has been told")

    def remarks(self) -> list[str]:
        """What a person should know of the packets, most important first."""
        reads = self._metering.reads if self._metering is not None else []
        # That a live capture was "read whole" says nothing.
        return [
            sentence for read in reads for sentence in read.health.sentences()[read.health.whole :]
        ]

    def _check(self) -> None:
        """Say before models are loaded what would go wrong behind that.

        Raises:
            UsageError: an option that this source does not have.
            CaptureRightsError: no right, or no such interface.
            OutputError: the kept packets cannot be written, or exist.
        """
        if self.meter not in (None, *METERS):
            raise UsageError(f"no meter {self.meter!r}; use one of {', '.join(METERS)}")
        if self.through_nfstream:
            self._check_nfstream()
        if self.keep is None and self.keep_mb is not None:
            raise UsageError("-C is for the files of -w; name one")
        if self.keep is not None:
            from netad_pcap.capture import KeptPackets
            from netad_pcap.report import check_output

            if os.fspath(self.keep) == "-":
                raise UsageError("-w - : standard output has the events; keep packets in a file")
            first = KeptPackets(self.keep, file_bytes=self._file_bytes).first_path()
            spare_inputs(first, [self.source])
            check_output(first, force=self.force)
        if self.live:
            self._check_interface(os.fspath(self.source))
        elif self.capture_filter is not None:
            raise UsageError(
                "-f is for interfaces; let tcpdump filter a capture: "
                "tcpdump -r FILE -w - EXPRESSION | netad-pcap monitor -"
            )

    def _check_nfstream(self) -> None:
        if not self.live:
            raise UsageError(
                "monitor --meter nfstream is for interfaces; what comes from elsewhere is read "
                "with --meter native"
            )
        if self.keep is not None:
            raise UsageError(
                "-w keeps whole frames, and NFStream hands over IP packets in milliseconds; use "
                f"--meter native, or keep them with tcpdump -i {self.source} -w FILE"
            )

    def _check_interface(self, name: str) -> None:
        from netad_pcap.capture import check_live

        if not self.through_nfstream:
            with self._open_ring(name):
                pass
        elif has_ring():  # elsewhere NFStream itself says what is wrong
            check_live(name, capture_filter=self.capture_filter)

    def _warm_up(self, judge: Judge) -> None:
        """One packet goes the whole way, so that all is loaded before packets wait in the ring."""
        from netad_pcap.capture import open_capture
        from netad_pcap.engine.events import Events

        metering = Metering(
            Sources(("one packet",), tables=False, unreadable={}),
            profile=judge.profile,
            open_flows=judge.asks_open_flows,
            open_reader=lambda name: open_capture(io.BytesIO(ONE_PACKET)),
            each_second=True,
        )
        events = Events(alerts_per_day=self.alerts_per_day, all_flows=self.all_flows)
        for _ in Run(judge, events).steps(metering):
            pass

    @property
    def _file_bytes(self) -> int | None:
        return None if self.keep_mb is None else self.keep_mb * 1_000_000

    def _kept(self, stack: contextlib.ExitStack) -> KeptPackets | None:
        from netad_pcap.capture import KeptPackets

        if self.keep is None:
            return None
        kept = KeptPackets(self.keep, file_bytes=self._file_bytes, force=self.force)
        return stack.enter_context(kept)

    def _open_ring(self, name: str) -> LiveCapture:
        from netad_pcap.capture import open_live

        self._capture = ring = open_live(
            name,
            capture_filter=self.capture_filter,
            promiscuous=self.promiscuous,
            ring_mib=self.ring_mib,
            should_stop=self.should_stop,
        )
        return ring

    def _open_nfstream(self, name: str) -> NFStreamLive:
        from netad_pcap.metering.nfstream_live import NFStreamLive

        self._capture = live = NFStreamLive(
            name,
            capture_filter=self.capture_filter,
            promiscuous=self.promiscuous,
            buffer_mib=self.ring_mib,
            should_stop=self.should_stop,
        )
        return live

    def _note(self, progress: Progress, events: Events) -> None:
        self.status = MonitorStatus(
            self.status.source, progress.packets, progress.flows, progress.open_flows,
            progress.dropped, events.findings,
        )  # fmt: skip
        if self.tell is not None:
            self.tell(self.status)


def _cautions(model_clock: str) -> str:
    """What NFStream's live capture costs."""
    said = [
        "NFStream captures: a flow that is over is told with the next packet, drops are counted "
        "once a second"
    ]
    if model_clock == "us":
        said.append(
            "times have milliseconds where the models learnt from microseconds, so columns of "
            "time and their scores are coarser"
        )
    return "; ".join(said)
