"""`drift`: does today's traffic still look like a model's baselines, and do its p-values hold?

sources → meter → context and detectors → counts against each baseline

The same way as `analyze`, which states the first of these figures for the first rows of a
capture; here every flow counts, feature by feature.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netad_pcap.engine.analysis import FPR, Run
from netad_pcap.engine.first_run import compile_kernels
from netad_pcap.engine.metering import METERS, never
from netad_pcap.engine.numba_cache import prepare_numba_cache
from netad_pcap.engine.progress import ProgressReport
from netad_pcap.engine.reading import Reading
from netad_pcap.engine.sources import PathLike, find_sources
from netad_pcap.engine.threads import limit_threads
from netad_pcap.errors import CaptureError

if TYPE_CHECKING:
    from netad_pcap.detection import Bundle, Chosen, Scored, Scorer
    from netad_pcap.detection.baselines import BaselineCounts
    from netad_pcap.detection.drift import PValueCounts
    from netad_pcap.report import CaptureRecord, ModelRecord

__all__ = ["BaselineDrift", "CalibrationDrift", "ColumnChange", "Drift", "ModelDrift", "drift"]

#: Flagged flows of so many times the budget, and the calibration does not hold; …
_TIMES_FLAGGED = 3
#: … where these are not a handful.
_LEAST_FLAGGED = 10


@dataclass(frozen=True)
class ColumnChange:
    """How one feature has changed.

    Attributes:
        name: of the feature.
        stability: population stability index.
        by_chance: what it may be by chance, at least.
        change: `stable`, `moved` or `changed`.
        distance: Kolmogorov distance, 0 to 1; their mean is the drift of a report.
        low, median, high: the baseline's 5%, 50% and 95% quantiles.
        outside: share of flows beyond `low` and `high`; a tenth at most where nothing changed.
    """

    name: str
    stability: float
    by_chance: float
    change: str
    distance: float
    low: float
    median: float
    high: float
    outside: float


@dataclass(frozen=True)
class CalibrationDrift:
    """Whether p-values are what they say.

    Attributes:
        scores: the detector, or `fused`.
        distance: the most by which the share at or below a level exceeds the level, 0 to 1.
        flagged: share of flows at or below the budget.
        holds: the distance is no high drift and `flagged` no multiple of the budget.
    """

    scores: str
    distance: float
    flagged: float
    holds: bool


@dataclass(frozen=True)
class BaselineDrift:
    """How far all flows are from one baseline; None: nothing can be compared."""

    name: str
    says: str
    flows: float
    drift: float | None


@dataclass(frozen=True)
class ModelDrift:
    """What is said of one model.

    Attributes:
        name, version, sha256: of the bundle.
        baseline: name of the one that p-values are by.
        nearest: name of the one that says what is usual in `analyze`, for most of these flows.
        unsure: the choice rests on too few flows.
        drift: how far all flows are from `baseline`, 0 to 1.
        population_holds: that is not high.
        baselines: all of them, nearest first.
        columns: features by how much they differ from the nearest, most first.
        calibration: of each detector and of the fused score.
    """

    name: str
    version: str
    sha256: str
    baseline: str
    nearest: str
    unsure: bool
    drift: float | None
    population_holds: bool
    baselines: tuple[BaselineDrift, ...]
    columns: tuple[ColumnChange, ...]
    calibration: tuple[CalibrationDrift, ...]

    @property
    def fits(self) -> bool:
        """Whether the traffic looks like the baseline and its p-values hold."""
        return self.population_holds and all(c.holds for c in self.calibration)


@dataclass(frozen=True)
class Drift:
    """What is said of traffic.

    Attributes:
        captures: what was read.
        flows: how many were compared.
        fpr: the budget of verdicts that `flagged` is held against.
        models: one for each bundle.
        remarks: what a person should know.
        interrupted: the user stopped it.
    """

    captures: Sequence[CaptureRecord]
    flows: int
    fpr: float
    models: tuple[ModelDrift, ...]
    remarks: tuple[str, ...]
    interrupted: bool

    @property
    def fits(self) -> bool:
        """Whether all models fit."""
        return all(model.fits for model in self.models)


def drift(
    captures: PathLike | Sequence[PathLike],
    *,
    models: Sequence[PathLike] = (),
    meter: str = METERS[0],
    fpr: float = FPR,
    device: str = "auto",
    threads: int | None = None,
    join: bool = False,
    max_packets: int | None = None,
    max_flows: int | None = None,
    strict_capture: bool = False,
    timezone: str = "UTC",
    should_stop: Callable[[], bool] = never,
    progress: ProgressReport | None = None,
    first_run: Callable[[], None] | None = None,
) -> Drift:
    """How far traffic is from the baselines of models.

    Args:
        captures: a capture, a folder, `-`, a flow table, or several of them: one network.
        others: as for `analyze`.

    Raises:
        CaptureError: nothing can be read, or no flow can be compared.
        ModelError: a model is missing or unfit.
        DeviceError: no such device.
        UsageError: sources of two kinds.
    """
    limit_threads(threads)
    prepare_numba_cache()
    from netad_pcap.engine.judging import Judge
    from netad_pcap.engine.models import open_scorer
    from netad_pcap.engine.survey import Unheeded

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
    scorer = open_scorer(models, device=device, fpr=fpr, threads=threads)
    if not reading.sources.tables and first_run is not None:
        compile_kernels(first_run, profile=scorer.profile, findings=True)
    counts = _Counts(scorer)
    judge = Judge(scorer, counts.observe)
    metering = reading.begin(judge)
    for _ in Run(judge, Unheeded()).steps(metering):
        pass
    if not counts.rows:
        why = "; ".join(metering.remarks())
        raise CaptureError(f"{metering.records()[0].name}: no flow to compare ({why})")
    records = judge.models()
    return Drift(
        captures=metering.records(),
        flows=counts.rows,
        fpr=fpr,
        models=tuple(
            counts.model(bundle, record)
            for bundle, record in zip(judge.scorer.bundles, records, strict=True)
        ),
        remarks=(*metering.remarks(), *judge.remarks()),
        interrupted=metering.interrupted,
    )


class _Counts:
    """Everything that is counted of the flows, against every baseline of every bundle."""

    def __init__(self, scorer: Scorer) -> None:
        from netad_pcap.detection.baselines import BaselineCounts

        self.rows = 0
        self._fpr = scorer.fpr
        self._columns: dict[tuple[str, str], BaselineCounts] = {
            (bundle.sha256, baseline.name): BaselineCounts(baseline)
            for bundle in scorer.bundles
            for baseline in bundle.baselines
        }
        self._p_values: dict[str, PValueCounts] = {}

    def observe(self, scored: Scored, _: Sequence[Chosen]) -> None:
        """Count a batch."""
        from netad_pcap.detection.drift import PValueCounts

        self.rows += len(scored)
        for counts in self._columns.values():
            counts.add(scored.flows)
        p_values = {
            label: 10.0 ** -scored.surprise[:, column]
            for column, label in enumerate(scored.detectors)
        }
        for name, values in {**p_values, "fused": scored.p_value}.items():
            self._p_values.setdefault(name, PValueCounts(self._fpr)).add(values)

    def model(self, bundle: Bundle, record: ModelRecord) -> ModelDrift:
        """What the counts say of one bundle, which judged as the record says."""
        from netad_pcap.detection import HIGH_DRIFT

        mine = {b.name: self._columns[bundle.sha256, b.name] for b in bundle.baselines}
        judging, nearest = mine[str(record.baseline)], mine[str(record.nearest)]
        drift = judging.drift
        told = [
            BaselineDrift(c.baseline.name, c.baseline.says, c.baseline.fused.flows, c.drift)
            for c in mine.values()
        ]
        return ModelDrift(
            name=bundle.name,
            version=bundle.version,
            sha256=bundle.sha256,
            baseline=judging.baseline.name,
            nearest=nearest.baseline.name,
            unsure=record.unsure,
            drift=drift,
            population_holds=drift is None or drift < HIGH_DRIFT,
            baselines=tuple(sorted(told, key=lambda b: 2.0 if b.drift is None else b.drift)),
            columns=_changes(nearest),
            calibration=tuple(self._calibration(HIGH_DRIFT)),
        )

    def _calibration(self, high: float) -> list[CalibrationDrift]:
        result = []
        for name, counts in self._p_values.items():
            distance, flagged = counts.distance or 0.0, counts.flagged
            loud = flagged >= _TIMES_FLAGGED * self._fpr and flagged * self.rows >= _LEAST_FLAGGED
            result.append(CalibrationDrift(name, distance, flagged, distance < high and not loud))
        return result


def _changes(counts: BaselineCounts) -> tuple[ColumnChange, ...]:
    from netad_pcap.detection.quantiles import MEDIAN, NORMAL

    baseline = counts.baseline
    quantiles: Mapping[str, Any] = dict(zip(baseline.columns, baseline.quantiles, strict=True))
    changes = []
    for name, column in counts.columns.items():
        stability, distance = column.stability, column.distance
        if stability is None or distance is None:
            continue
        row = quantiles[name]
        changes.append(
            ColumnChange(
                name=name,
                stability=stability,
                by_chance=column.by_chance(baseline.fused.flows),
                change=column.change(baseline.fused.flows),
                distance=distance,
                low=float(row[NORMAL[0]]),
                median=float(row[MEDIAN]),
                high=float(row[NORMAL[1]]),
                outside=column.outside,
            )
        )
    return tuple(sorted(changes, key=lambda c: (-c.stability, c.name)))
