"""Scorer: flows in, scores, p-values, verdicts and reasons out. The one object the engine uses.

choice = scorer.choose(first_flows)        # once per capture
scored = scorer.score(flows, choice)       # each batch, cut anywhere
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection.baselines import Baseline, Chosen, choose_baseline
from netad_pcap.detection.bundle import Bundle
from netad_pcap.detection.calibration import Calibration
from netad_pcap.detection.contract import Needs, Scores
from netad_pcap.detection.devices import Device, resolve
from netad_pcap.detection.fusion import fuse, unite
from netad_pcap.detection.lacking import lacking, left_out
from netad_pcap.detection.members import Member, members_of, needs_of
from netad_pcap.detection.probabilities import pool
from netad_pcap.detection.reasons import column_reasons, family_reason
from netad_pcap.detection.verdicts import judge
from netad_pcap.errors import ModelError
from netad_pcap.flows import FlowBatch

__all__ = ["FPR", "Scored", "Scorer"]

#: False-alarm budget of verdicts: share of harmless flows that may be flagged.
FPR = 0.01
#: Rows below which threads cost more than they bring.
_WORTH_THREADS = 512


@dataclass(frozen=True, eq=False)
class Scored:
    """n flows and what the detectors say of each.

    Attributes:
        flows: those scored, without the carried ones.
        detectors: labels of the k detectors.
        novelty: float64 [n, k], their scores.
        surprise: float64 [n, k], −log10 of their p-values, continued beyond the calibration
            scores; 0 where the baseline in use does not calibrate a detector.
        score: float64 [n], fused of one bundle (`fuse`), united of several (`unite`).
        p_value: float64 [n], of `score` among held-out benign flows.
        verdict: uint8 [n], place in `VERDICTS`.
        family: int32 [n], place in `families` of the attack family whose probability is at least
            one half; −1 = none.
        families: names of the columns of `probabilities`.
        probabilities: float64 [n, families], calibrated and pooled.
        detector: int32 [n], place in `detectors` of the one that was surprised most.
    """

    flows: FlowBatch
    detectors: tuple[str, ...]
    novelty: NDArray[np.float64]
    surprise: NDArray[np.float64]
    score: NDArray[np.float64]
    p_value: NDArray[np.float64]
    verdict: NDArray[np.uint8]
    family: NDArray[np.int32]
    families: tuple[str, ...]
    probabilities: NDArray[np.float64]
    detector: NDArray[np.int32]
    _given: FlowBatch = field(repr=False)
    _members: tuple[Member, ...] = field(repr=False)
    _scores: tuple[Scores, ...] = field(repr=False)
    _usual: tuple[Baseline, ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self.score)

    def reasons(self, rows: NDArray[np.intp] | None = None) -> dict[int, tuple[str, ...]]:
        """Why, in words, by row number.

        Args:
            rows: the rows to explain; None: those whose verdict is not benign.
        """
        if rows is None:
            rows = np.flatnonzero(self.verdict)
        reasons: dict[int, tuple[str, ...]] = {}
        for place in np.unique(self.detector[rows]).tolist():
            mine = rows[self.detector[rows] == place]
            baseline = self._usual[place]
            told = self._members[place].contributions(
                self._given, mine, self._scores[place], baseline.usual
            )
            words = column_reasons(self.flows, mine, baseline, told)
            reasons.update(zip(mine.tolist(), words, strict=True))
        for row in rows[self.family[rows] >= 0].tolist():
            family = int(self.family[row])
            said = family_reason(self.families[family], float(self.probabilities[row, family]))
            reasons[row] = (said, *reasons[row])
        return {row: reasons[row] for row in rows.tolist()}


class Scorer:
    """Scores flows with the detectors of one or several bundles, fused.

    It remembers nothing of what it scored: batches may be cut anywhere.
    """

    def __init__(
        self,
        bundles: Sequence[Bundle],
        device: str | Device = "auto",
        fpr: float = FPR,
        threads: int = 1,
    ) -> None:
        """Restore the detectors and move them.

        Args:
            bundles: at least one, of one profile; what reports print comes from the first.
            device: `auto`, `cpu`, `cuda`, `cuda:N`, `mps`, or a device already resolved.
            fpr: false-alarm budget of the verdicts.
            threads: so many detectors are asked at once, of batches that are worth it.

        Raises:
            ModelError: a bundle is unfit, or calibrated on too few flows for `fpr`.
            DeviceError: the device is not there.
        """
        if not bundles:
            raise ModelError("no model to score with; name one with --model")
        first = bundles[0]
        for bundle in bundles:
            if bundle.profile != first.profile:
                raise ModelError(
                    f"model {first.name} judges flows of {first.profile} and model {bundle.name} "
                    f"flows of {bundle.profile}; use models of one profile, or one after the other"
                )
        self.bundles = tuple(bundles)
        self.fpr = fpr
        self.limit = fpr
        self.threads = threads
        self.profile = bundles[0].profile
        self.clock = bundles[0].clock
        self.device = resolve(device) if isinstance(device, str) else device
        self._members = members_of(bundles, self.device)
        self._judging = self._judging_baselines()

    @property
    def detectors(self) -> tuple[str, ...]:
        """Labels of the detectors, in the order of their columns."""
        return tuple(member.label for member in self._members)

    @property
    def heard_alone(self) -> frozenset[str]:
        """Those of the detectors, as baselines of their bundles call them, that are heard alone."""
        return frozenset(member.name for member in self._members if member.heard_alone)

    @property
    def baselines(self) -> tuple[str, ...]:
        """Names of the baselines of all bundles, each once."""
        return tuple(dict.fromkeys(b.name for bundle in self.bundles for b in bundle.baselines))

    @property
    def needs(self) -> Needs:
        """What all detectors read of a batch."""
        return needs_of(self._members)

    def detectors_of(self, place: int) -> tuple[str, ...]:
        """Names of the detectors that the bundle at this place calibrates."""
        return tuple(member.name for member in self._members if member.bundle == place)

    def columns_of(self, place: int) -> dict[str, int]:
        """By name of a detector that the bundle at this place calibrates, its column."""
        return {m.name: column for column, m in enumerate(self._members) if m.bundle == place}

    def on(self, baselines: Sequence[Baseline], fpr: float) -> Scorer:
        """This scorer with one baseline for each bundle, in place of the bundles' own.

        Args:
            baselines: one for each bundle.
            fpr: budget of the verdicts.

        Raises:
            ModelError: they are calibrated on too few flows for the budget.
        """
        return self._with([(baseline,) for baseline in baselines], fpr)

    def by_baseline(self, name: str) -> Scorer:
        """This scorer with the baseline of this name alone, in all bundles that have one.

        Raises:
            ModelError: it is calibrated on too few flows for the budget.
        """
        named = [tuple(b for b in bundle.baselines if b.name == name) for bundle in self.bundles]
        return self._with(
            [one or bundle.baselines for one, bundle in zip(named, self.bundles, strict=True)],
            self.fpr,
        )

    def limited(self, p_value: float) -> Scorer:
        """This scorer with another limit of verdicts than its budget."""
        other = copy(self)
        other.limit = p_value
        return other

    def able(self, flows: FlowBatch) -> tuple[Scorer, tuple[str, ...]]:
        """This scorer without the detectors that need what a table lacks.

        Args:
            flows: rows of the table, no history attached.

        Returns:
            The scorer, and the detectors left out with what they miss, each reason once.

        Raises:
            ModelError: no detector is left, those left are calibrated on too few flows for the
                budget, or the flows are of another profile.
        """
        self._refuse_profile(flows)
        missing = {member.label: lacking(member.needs, flows) for member in self._members}
        told = left_out(missing)
        if not told:
            return self, ()
        left = [member for member in self._members if not missing[member.label]]
        if not left:
            raise ModelError(
                f"no detector of the model can judge this table: {'; '.join(told)}; learn one from "
                "such tables: netad-pcap train TABLE -o FILE"
            )
        narrowed = copy(self)
        places = sorted({member.bundle for member in left})
        narrowed.bundles = tuple(self.bundles[place] for place in places)
        narrowed._members = [replace(m, bundle=places.index(m.bundle)) for m in left]
        narrowed._judging = narrowed._judging_baselines()
        return narrowed, told

    def choose(self, flows: FlowBatch) -> tuple[Chosen, ...]:
        """By the first rows of a capture, the baselines of each bundle that are used."""
        return tuple(
            choose_baseline(bundle.baselines, flows, judging)
            for bundle, judging in zip(self.bundles, self._judging, strict=True)
        )

    def score(self, flows: FlowBatch, choice: Sequence[Chosen] | None = None) -> Scored:
        """Score a batch.

        Args:
            flows: the first `flows.carried` are only pointed at.
            choice: what `choose` gave for this capture; None: chosen from this batch.

        Raises:
            ModelError: flows of another profile, or without what a detector needs; names it.
        """
        self._refuse_profile(flows)
        if choice is None:
            choice = self.choose(flows)
        chosen = list(zip(self.bundles, choice, strict=True))
        baselines = [bundle.baseline(one.name) for bundle, one in chosen]
        usual = [bundle.baseline(one.nearest) for bundle, one in chosen]
        scores = self._scores(flows)
        n = len(flows) - flows.carried
        surprise = np.zeros((n, len(self._members)))
        for column, member in enumerate(self._members):
            calibration = baselines[member.bundle].calibration.get(member.name)
            if calibration is not None:
                surprise[:, column] = calibration.surprise(scores[column].novelty)
        families, probabilities = pool(
            [(s.families, s.probabilities) for s in scores if s.probabilities is not None], n
        )
        novelty = np.column_stack([s.novelty for s in scores])
        score, p_value = self._fused(novelty, surprise, baselines)
        verdicts = judge(surprise, score, p_value, families, probabilities, self.limit)
        return Scored(
            flows=flows.without_carried(),
            detectors=self.detectors,
            novelty=novelty,
            surprise=surprise,
            score=score,
            p_value=p_value,
            verdict=verdicts.verdict,
            family=verdicts.family,
            families=families,
            probabilities=probabilities,
            detector=verdicts.detector,
            _given=flows,
            _members=tuple(self._members),
            _scores=tuple(scores),
            _usual=tuple(usual[member.bundle] for member in self._members),
        )

    def _scores(self, flows: FlowBatch) -> list[Scores]:
        """Each member's scores; a detector that two bundles share is asked once.

        Detectors know nothing of each other, and numpy and torch let other threads run: several
        at a time give the same bits.
        """
        keys = [(id(member.detector), member.temperature) for member in self._members]
        asked = dict(zip(keys, self._members, strict=True))
        if self.threads > 1 and len(flows) >= _WORTH_THREADS:
            with ThreadPoolExecutor(self.threads) as pool:
                told = list(pool.map(lambda member: member.score(flows), asked.values()))
        else:
            told = [member.score(flows) for member in asked.values()]
        scores = dict(zip(asked, told, strict=True))
        return [scores[key] for key in keys]

    def _fused(
        self,
        novelty: NDArray[np.float64],
        surprise: NDArray[np.float64],
        baselines: Sequence[Baseline],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """`Score` and `PValue`: of one bundle the fused score and its p-value, of several, or where
        a detector is left out whose share in that score nobody calibrated away, united."""
        parts: list[tuple[Calibration, NDArray[np.float64]]] = []
        for place, baseline in enumerate(baselines):
            members = {
                column: member
                for column, member in enumerate(self._members)
                if member.bundle == place and member.name in baseline.calibration
            }
            columns = {member.name: column for column, member in members.items()}
            if not baseline.fused_over(columns):
                parts.extend((baseline.calibration[n], novelty[:, c]) for n, c in columns.items())
                continue
            fused = fuse(surprise[:, [*members]], [m.heard_alone for m in members.values()])
            if len(baselines) == 1:
                return fused, baseline.fused.p_values(fused)
            parts.append((baseline.fused, fused))
        return unite(parts)

    def _refuse_profile(self, flows: FlowBatch) -> None:
        if flows.profile not in (self.profile, None):
            raise ModelError(
                f"the model was fitted to flows of {self.profile}; these are of {flows.profile}, "
                "whose columns of one name hold other numbers: make a model of such flows with "
                "netad-pcap train"
            )

    def _with(self, baselines: Sequence[tuple[Baseline, ...]], fpr: float) -> Scorer:
        """This scorer with other baselines for each bundle, and another budget."""
        other = copy(self)
        other.bundles = tuple(
            replace(bundle, baselines=given)
            for bundle, given in zip(self.bundles, baselines, strict=True)
        )
        other.fpr = other.limit = fpr
        other._judging = other._judging_baselines()
        return other

    def _judging_baselines(self) -> list[Baseline]:
        """Of each bundle the baseline that p-values are by."""
        names = [self.detectors_of(place) for place in range(len(self.bundles))]
        parts = [
            max((len(baseline.parts(its)) for baseline in bundle.baselines), default=0)
            for bundle, its in zip(self.bundles, names, strict=True)
        ]
        return [
            _judging_baseline(bundle, self.fpr, its, sum(parts) - own)
            for bundle, its, own in zip(self.bundles, names, parts, strict=True)
        ]


def _judging_baseline(
    bundle: Bundle, fpr: float, detectors: Collection[str], others: int
) -> Baseline:
    """The first baseline in which these detectors can resolve the budget that they share with so
    many calibrations of other bundles; an error where none can."""
    if not bundle.baselines:
        raise ModelError(
            f"model {bundle.name} has no baseline; make one: netad-pcap train CAPTURE… -o FILE"
        )
    refusals = {}
    for baseline in bundle.baselines:
        try:
            baseline.require(fpr, detectors, bundle.name, others)
        except ModelError as refusal:
            refusals[baseline.fused.flows] = refusal
        else:
            return baseline
    raise refusals[max(refusals)]
