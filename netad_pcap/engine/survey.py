"""What needs a capture's end before its flows can be judged: passes over it beforehand.

Offline only, on request: the capture's own quiet bulk as the baseline, and a limit of verdicts by
Benjamini and Hochberg. What `analyze` then does is what it always does.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture.wording import count_of
from netad_pcap.detection import Baseline, Chosen, Scored, Scorer, fit_baseline
from netad_pcap.engine.analysis import BASELINES, FPR, Run
from netad_pcap.engine.judging import Judge
from netad_pcap.engine.models import open_scorer
from netad_pcap.errors import ModelError, UsageError
from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.hosts import ScoredFlows

if TYPE_CHECKING:
    from netad_pcap.engine.reading import Reading
    from netad_pcap.engine.sources import PathLike

__all__ = ["Limit", "Surveyed", "Unheeded", "discovery_limit", "on_own_bulk", "surveyed_judge"]

#: Name of the baseline that a capture's own quiet bulk gives.
_OWN_BULK = BASELINES[1]
#: Flows kept of the bulk at most; a calibration keeps no more either.
_MOST_ROWS = 10_000
#: What a source host weighs at most, in flows: what one host does is not the bulk.
_MOST_WEIGHT = 20.0
#: Share of the weight that the loudest hosts may make up which are not of the bulk.
_LOUD = 0.2
#: Hosts are told apart by so many numbers while they are counted.
_SLOTS = 65_536


@dataclass(frozen=True)
class Surveyed:
    """What a report tells of the passes beforehand, and how long they took."""

    settings: dict[str, Any]
    remarks: tuple[str, ...]
    seconds: dict[str, float]


def surveyed_judge(
    models: Sequence[PathLike],
    reading: Reading,
    ready: Callable[[str], None],
    *,
    device: str,
    threads: int | None,
    fpr: float,
    fdr: float | None,
    baseline: str,
    seed: int,
) -> tuple[Judge, Surveyed]:
    """The judge of a run, and what a report tells of how it came to be; without either request
    there is no pass. Arguments as for `analyze`; `ready` is told the profile before anything is
    read.

    Raises:
        UsageError: no such baseline, a rate that is none, or a source that is read only once.
        ModelError: a model is missing or unfit, or too few flows in the bulk for the budget.
        DeviceError: no such device.
    """
    settings: dict[str, Any] = {}
    remarks: list[str] = []
    own = baseline == _OWN_BULK
    # The models' own baselines need not resolve a budget that the bulk is to resolve.
    scorer = open_scorer(models, device=device, fpr=FPR if own else fpr, threads=threads)
    if baseline not in BASELINES:
        scorer = _by_name(scorer, baseline)
        settings["baseline"] = baseline
        having = [b.name for b in scorer.bundles if b.baselines[0].name == baseline]
        remarks.append(
            f"{', '.join(having)} judged by the baseline {baseline}, as asked: what is usual there "
            "passes here"
        )
    ready(scorer.profile)
    begun = time.perf_counter()
    if own:
        reading.require_again(f"--baseline {_OWN_BULK}")
        scorer = on_own_bulk(scorer, reading, fpr, seed)
        flows = min(bundle.baselines[0].fused.flows for bundle in scorer.bundles)
        settings["baseline"] = baseline
        remarks.append(
            "baseline of this traffic's own quiet bulk (weight of "
            f"{count_of(round(flows), 'flow')}, read beforehand): what goes on all the time "
            "looks normal here"
        )
    if fdr is not None:
        if not 0 < fdr < 1:
            raise UsageError(f"--fdr {fdr:g}: a share lies between 0 and 1")
        reading.require_again("--fdr")
        limit = discovery_limit(scorer, reading, fdr)
        scorer = scorer.limited(limit.p_value)
        settings["fdr"] = fdr
        remarks.append(
            f"verdicts by Benjamini-Hochberg at {100 * fdr:g}% false discoveries, over all flows "
            f"read beforehand: {limit.flagged:,} of {limit.flows:,} flagged (p up to "
            f"{limit.p_value:.2g}); findings keep their own budget"
        )
    beforehand = own or fdr is not None
    seconds = {"read beforehand": time.perf_counter() - begun} if beforehand else {}
    return Judge(scorer), Surveyed(settings, tuple(remarks), seconds)


def _by_name(scorer: Scorer, baseline: str) -> Scorer:
    if baseline not in scorer.baselines:
        known = ", ".join((*BASELINES, *scorer.baselines))
        raise UsageError(f"no baseline {baseline!r}; use one of {known}")
    return scorer.by_baseline(baseline)


def on_own_bulk(scorer: Scorer, reading: Reading, fpr: float, seed: int) -> Scorer:
    """The scorer calibrated on the quiet bulk of what is read: the flows of all source hosts, each
    as twenty flows at most, without the loudest hosts that make up a fifth of that.

    What is named together is taken as one network. What most hosts do is normal here, an attack
    too; and a host is loud by the mean of its flows' scores under the model's baseline. Where hosts
    are unlike each other, the flows of those left out may all be flagged.

    Raises:
        ModelError: too few flows for the budget; says how many are needed.
    """
    bulk = _Bulk(seed)
    judge = Judge(scorer, bulk.observe)
    for _ in Run(judge, Unheeded()).steps(reading.begin(judge)):
        pass
    return judge.scorer.on(bulk.baselines(judge.scorer), fpr)


@dataclass(frozen=True)
class Limit:
    """Where verdicts end.

    Attributes:
        p_value: the largest that is flagged; 0: none is.
        flagged, flows: how many of how many.
    """

    p_value: float
    flagged: int
    flows: int


def discovery_limit(scorer: Scorer, reading: Reading, rate: float) -> Limit:
    """The largest p-value that Benjamini and Hochberg reject, over all flows that are read.

    Of the flows flagged at most a share `rate` is harmless, in expectation, where traffic is
    like the baseline. Sources: Benjamini and Hochberg, JRSS B 57 (1995); that it holds for
    conformal p-values of one calibration: Bates, Candès, Lei, Romano and Sesia, Testing for
    Outliers with Conformal p-Values, Annals of Statistics 51 (2023).

    Args:
        scorer: the detectors.
        reading: what is read, once.
        rate: share of false discoveries.
    """
    counts: Counter[float] = Counter()

    def observe(scored: Scored, _: Sequence[Chosen]) -> None:
        values, times = np.unique(scored.p_value, return_counts=True)
        counts.update(dict(zip(values.tolist(), times.tolist(), strict=True)))

    judge = Judge(scorer, observe)
    for _ in Run(judge, Unheeded()).steps(reading.begin(judge)):
        pass
    values = np.array(sorted(counts))
    upto = np.cumsum([counts[value] for value in values.tolist()])
    flows = int(upto[-1]) if len(upto) else 0
    rejected = np.flatnonzero(values * flows <= rate * upto)
    if not len(rejected):
        return Limit(0.0, 0, flows)
    return Limit(float(values[rejected[-1]]), int(upto[rejected[-1]]), flows)


class Unheeded:
    """A case that nobody keeps."""

    def append(self, scored: ScoredFlows) -> None:
        """Rows of the current group."""

    def advance(self, time_us: int) -> None:
        """Capture time has come to `time_us`."""

    def end_group(self) -> None:
        """The current group has ended."""


class _Bulk:
    """Keeps a sample of the flows, a few of each source host.

    A flow draws a number, multiplied where its host has had many; the smallest are kept.
    """

    def __init__(self, seed: int) -> None:
        self._generator = np.random.default_rng(seed)
        self._seen = np.zeros(_SLOTS, np.int64)
        self._kept: list[_Part] = []
        self._limit = np.inf

    def observe(self, scored: Scored, _: Sequence[Chosen]) -> None:
        """Keep some of a batch."""
        source = _sources(scored.flows)
        part = _Part(
            number=self._generator.random(len(scored)) * self._crowding(source),
            source=source,
            score=scored.score,
            flows=replace(scored.flows, text={}, connection={}, history=None),
            novelty=scored.novelty,
        )
        self._kept.append(part.take(part.number <= self._limit))
        if sum(len(kept.number) for kept in self._kept) > 2 * _MOST_ROWS:
            self._thin()

    def baselines(self, scorer: Scorer) -> list[Baseline]:
        """One baseline for each bundle."""
        self._thin()
        kept = [part for part in self._kept if len(part.number)]
        if not kept:
            raise ModelError(f"--baseline {_OWN_BULK}: no flow to calibrate on")
        _, host, count = np.unique(
            np.concatenate([part.source for part in kept]), return_inverse=True, return_counts=True
        )
        weight = np.minimum(1.0, _MOST_WEIGHT / count[host])
        score = np.concatenate([part.score for part in kept])
        quiet = np.flatnonzero(_quiet_hosts(host, score, weight)[host])
        flows = concatenate([part.flows for part in kept]).take(quiet)
        novelty = np.concatenate([part.novelty for part in kept])[quiet]
        return [
            fit_baseline(
                _OWN_BULK,
                flows,
                {name: novelty[:, column] for name, column in scorer.columns_of(place).items()},
                [*flows.features, *flows.context],
                says="the quiet bulk of this traffic itself",
                weights=weight[quiet],
                groups=host[quiet],
                alone=scorer.heard_alone,
            )
            for place in range(len(scorer.bundles))
        ]

    def _crowding(self, source: NDArray[np.uint64]) -> NDArray[np.float64]:
        """How many flows its host has had, in units of what a host weighs; at least 1."""
        slot = (source % np.uint64(_SLOTS)).astype(np.intp)
        np.add.at(self._seen, slot, 1)
        crowding: NDArray[np.float64] = np.maximum(1.0, self._seen[slot] / _MOST_WEIGHT)
        return crowding

    def _thin(self) -> None:
        numbers = np.concatenate([part.number for part in self._kept] or [np.empty(0)])
        if len(numbers) > _MOST_ROWS:
            self._limit = float(np.partition(numbers, _MOST_ROWS - 1)[_MOST_ROWS - 1])
        self._kept = [part.take(part.number <= self._limit) for part in self._kept]


@dataclass(frozen=True, eq=False)
class _Part:
    """Rows kept of one batch."""

    number: NDArray[np.float64]
    source: NDArray[np.uint64]
    score: NDArray[np.float64]
    flows: FlowBatch
    novelty: NDArray[np.float64]

    def take(self, rows: NDArray[Any]) -> _Part:
        return _Part(
            self.number[rows],
            self.source[rows],
            self.score[rows],
            self.flows.take(np.flatnonzero(rows)),
            self.novelty[rows],
        )


def _quiet_hosts(
    host: NDArray[np.intp], score: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which hosts are left, bool [hosts], without the loudest that together weigh a fifth."""
    weights = np.bincount(host, weights=weight)
    loudness = np.bincount(host, weights=weight * score) / weights
    loudest = np.argsort(-loudness, kind="stable")
    loud = loudest[np.cumsum(weights[loudest]) <= _LOUD * weights.sum()]
    quiet = np.ones(len(weights), np.bool_)
    quiet[loud] = False
    return quiet


def _sources(flows: FlowBatch) -> NDArray[np.uint64]:
    """A number for each source host; rows of a table without addresses each stand for
    themselves."""
    if flows.lacks(("src_ip",)):
        return np.arange(len(flows), dtype=np.uint64)
    address = np.ascontiguousarray(flows.identity["src_ip"]).view(np.uint64)
    mixed: NDArray[np.uint64] = address[:, 0] * np.uint64(0x9E3779B97F4A7C15) ^ address[:, 1]
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return mixed ^ (mixed >> np.uint64(32))
