"""`analyze`: captures or flow tables in, a report out. The whole way of the data, once.

sources → meter → context and detectors → findings → spool → Report
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from netad_pcap.engine.first_run import compile_kernels
from netad_pcap.engine.metering import MAX_FLOWS, METERS, never
from netad_pcap.engine.numba_cache import prepare_numba_cache
from netad_pcap.engine.progress import ProgressReport
from netad_pcap.engine.reading import Reading
from netad_pcap.engine.sources import PathLike, find_sources
from netad_pcap.engine.threads import limit_threads
from netad_pcap.errors import UsageError

if TYPE_CHECKING:
    from netad_pcap.engine.case import CaseRecord
    from netad_pcap.engine.judging import Judge
    from netad_pcap.engine.metering import Metering
    from netad_pcap.engine.survey import Surveyed
    from netad_pcap.engine.tables import Tables
    from netad_pcap.flows import FlowBatch
    from netad_pcap.hosts import ScoredFlows
    from netad_pcap.report import Report

__all__ = ["ALERTS_PER_DAY", "APPS", "BASELINES", "FPR", "Case", "Run", "analyze"]

#: False-alarm budget of verdicts: share of harmless flows that may be flagged.
FPR = 0.01
#: Which rows NFStream names behind the native meter: those with a verdict or a finding, …
APPS = ("flagged", "all", "none")
#: What is normal, where no baseline is named: as the models have it, what is usual being that of
#: the nearest of their baselines, or …
BASELINES = ("nearest", "own-bulk")
#: Budget of findings: false ones expected per day of capture time begun (`hosts.book`).
ALERTS_PER_DAY = 0.1


def analyze(
    captures: PathLike | Sequence[PathLike],
    *,
    models: Sequence[PathLike] = (),
    profile: str | None = None,
    meter: str = METERS[0],
    apps: str = APPS[0],
    fpr: float = FPR,
    fdr: float | None = None,
    baseline: str = BASELINES[0],
    alerts_per_day: float = ALERTS_PER_DAY,
    device: str = "auto",
    threads: int | None = None,
    seed: int = 0,
    join: bool = False,
    max_packets: int | None = None,
    max_flows: int | None = None,
    strict_capture: bool = False,
    timezone: str = "UTC",
    temporary_folder: Path | None = None,
    should_stop: Callable[[], bool] = never,
    progress: ProgressReport | None = None,
    first_run: Callable[[], None] | None = None,
) -> Report:
    """Who did what in captures, what is wrong, and how do you know.

    Args:
        captures: a capture, a folder, `-`, a flow table, or several of them.
        models: bundles by name or path; none: the shipped one.
        profile: rule book of the rows; None: the model's. Rows of another profile have what is
            said of the model's flow that their first packet belongs to.
        meter: `nfstream` or `native`.
        apps: which rows NFStream names where the native meter read them: `flagged`, `all` or
            `none`.
        fpr: share of harmless flows that may be flagged.
        fdr: share of the flagged flows that may be harmless (Benjamini-Hochberg), in place of
            `fpr` as the limit of verdicts; takes a pass more over the captures.
        baseline: `nearest`: p-values by the models' general baselines, what is usual by those
            nearest to the traffic; `own-bulk`: made of these captures' own quiet bulk, in a pass
            more over them; or the name of one of the models' baselines, which judges alone.
        alerts_per_day: false findings expected per day of capture time begun, at most.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        threads: at once, at most; None: as many as there are cores.
        seed: of whatever draws at random.
        join: read all captures as one.
        max_packets: stop after so many packets of each group of joined captures.
        max_flows: most flows open at once; see `meter`.
        strict_capture: refuse a damaged capture.
        timezone: of the local times of flow tables.
        temporary_folder: where rows wait for the report; None: the system's.
        should_stop: asked while reading; yes ends it, and what was read is reported.
        progress: told how far it is.
        first_run: called before kernels are compiled at once, by two processes, where they
            never were on this machine; None: each is compiled when it is first met.

    Returns:
        The report; use it in a `with` block.

    Raises:
        CaptureError: nothing can be read, or damage under `strict_capture`.
        ModelError: a model is missing or unfit.
        DeviceError: no such device.
        UsageError: sources of two kinds, no such meter, profile or baseline, a profile for flow
            tables, or a source that cannot be read as often as `fdr` and `baseline` ask.
    """
    limit_threads(threads)
    prepare_numba_cache()
    from netad_pcap.engine.case import CaseRecord
    from netad_pcap.engine.naming import name_applications
    from netad_pcap.engine.survey import surveyed_judge

    if apps not in APPS:
        raise UsageError(f"no such choice of applications: {apps!r}; use {', '.join(APPS)}")
    reading = Reading(
        find_sources(captures),
        meter=meter,
        join=join,
        max_packets=max_packets,
        max_flows=max_flows,
        strict_capture=strict_capture,
        timezone=timezone,
        should_stop=should_stop,
        progress=progress,
    )
    if reading.sources.tables and profile is not None:
        raise UsageError(
            f"--profile {profile}: {reading.sources.names[0]} is a flow table, whose rows are what "
            "they are; leave --profile out, or analyze the capture that it was made from"
        )

    def ready(profile: str) -> None:
        if first_run is not None and not reading.sources.tables:
            compile_kernels(first_run, profile=profile, findings=True)

    judge, surveyed = surveyed_judge(
        models,
        reading,
        ready,
        device=device,
        threads=threads,
        fpr=fpr,
        fdr=fdr,
        baseline=baseline,
        seed=seed,
    )
    rows_profile = None if profile == judge.profile else profile
    metering = reading.begin(judge, () if rows_profile is None else (rows_profile,))
    settings: dict[str, Any] = {
        "fpr": judge.scorer.limit,
        "alerts_per_day": alerts_per_day,
        "join": join,
        "max_packets": max_packets,
        "max_flows": max_flows or MAX_FLOWS,
        **surveyed.settings,
    }
    case = CaseRecord(
        alerts_per_day=alerts_per_day,
        folder=temporary_folder,
        takes_over=rows_profile is not None,
    )
    try:
        run = Run(judge, case, rows_profile, case.append_rows)
        for _ in run.steps(metering):
            pass
        named: list[str] = []
        if metering.name == "native" and apps != "none" and not metering.interrupted:
            named = name_applications(
                case.takeover or case.spool, everything=apps == "all", should_stop=should_stop
            )
        return _report(metering, run, case, settings, seed, surveyed, named)
    except BaseException:
        case.close()
        raise


class Case(Protocol):
    """What judged rows are for: a `CaseRecord` for a report, `Events` for who watches."""

    def append(self, scored: ScoredFlows) -> None:
        """Rows of the current group of captures."""

    def advance(self, time_us: int) -> None:
        """Capture time has come to `time_us` without a row (live)."""

    def end_group(self) -> None:
        """The current group has ended."""


@dataclass
class Run:
    """One pass over all flows: who judges them, where they go, how long it took.

    With a `rows_profile` the flows of that profile are not judged, but go to `take_rows`.
    """

    judge: Judge
    case: Case
    rows_profile: str | None = None
    take_rows: Callable[[FlowBatch], None] | None = None
    seconds: dict[str, float] = field(default_factory=lambda: {"metered": 0.0, "scored": 0.0})
    clock: str = "us"
    profile: str | None = None
    _group: int = -1

    def steps(self, metering: Metering | Tables) -> Iterator[None]:
        """All batches, group by group; a step is one batch."""
        batches = metering.batches()
        for batch in self._timed(batches):
            begun = time.perf_counter()
            if not len(batch):
                self._pass_time(metering.clock_us)
                yield
                continue
            if self.take_rows is not None and batch.profile == self.rows_profile:
                self.take_rows(batch)
                continue
            group = metering.group_of(batch)
            if group != self._group:
                self._end_group()
                self._group = group
                self.judge.begin(metering.start_us(group))
            self.clock, self.profile = batch.clock, batch.profile
            for scored in self.judge.feed(batch):
                self.case.append(scored)
            self.seconds["scored"] += time.perf_counter() - begun
            yield
        begun = time.perf_counter()
        self._end_group()
        self.seconds["scored"] += time.perf_counter() - begun

    def _pass_time(self, time_us: int | None) -> None:
        """Capture time went on without a row."""
        if time_us is not None:
            for scored in self.judge.advance(time_us):
                self.case.append(scored)
            self.case.advance(time_us)

    def _timed(self, batches: Iterator[FlowBatch]) -> Iterator[FlowBatch]:
        while True:
            begun = time.perf_counter()
            batch = next(batches, None)
            self.seconds["metered"] += time.perf_counter() - begun
            if batch is None:
                return
            yield batch

    def _end_group(self) -> None:
        if self._group < 0:
            return
        for scored in self.judge.finish():
            self.case.append(scored)
        self.case.end_group()


def _report(
    metering: Metering | Tables,
    run: Run,
    case: CaseRecord,
    settings: dict[str, Any],
    seed: int,
    surveyed: Surveyed,
    named: list[str],
) -> Report:
    from netad_pcap import __version__
    from netad_pcap.engine.outside_findings import models_with_drift_outside
    from netad_pcap.report import Report

    judged_profile = run.profile or metering.profile
    return Report(
        version=__version__,
        captures=metering.records(),
        models=models_with_drift_outside(run.judge, case.spool),
        findings=case.findings,
        hosts=case.hosts(),
        spool=case.spool,
        meter=metering.name,
        profile=run.rows_profile or judged_profile,
        judged_profile=judged_profile,
        clock=run.clock,
        settings=settings,
        seed=seed,
        interrupted=metering.interrupted,
        remarks=[
            *metering.remarks(),
            *run.judge.remarks(),
            *case.remarks(),
            *surveyed.remarks,
            *named,
        ],
        seconds={**surveyed.seconds, **run.seconds},
        untold_findings=case.untold,
        takeover=case.takeover,
    )
