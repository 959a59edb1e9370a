"""Baselines: what normal is on one network, and which of several is nearest to traffic.

Of several the first is the general one, and p-values are by it. The nearest says what is usual:
under a special one (industrial, things) an attack elsewhere may look ordinary (decision 15).

A baseline never holds flows: calibration scores of the detectors in use and of their fused
score, and fixed quantiles of each column.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection.calibration import Calibration
from netad_pcap.detection.drift import ColumnCounts
from netad_pcap.detection.fusion import fit_fused
from netad_pcap.detection.quantiles import HIGHEST, LEVELS, MEDIAN, quantiles_of
from netad_pcap.errors import ModelError
from netad_pcap.flows import FlowBatch

__all__ = [
    "CHOICE_ROWS",
    "HIGH_DRIFT",
    "UNSURE_ROWS",
    "Baseline",
    "BaselineCounts",
    "Chosen",
    "choose_baseline",
    "fit_baseline",
]

#: The choice is made from so many rows at most, and is unsure with fewer than these.
CHOICE_ROWS = 1_000
UNSURE_ROWS = 50
#: From here on the traffic is not like the baseline: counts expected by chance mean nothing.
#: Measured on the public captures in `cic-fixed`: the second half of a benign capture is 0.03
#: from its first half (median of 12; all below 0.2), one benign capture 0.39 from another
#: (median of 462 pairs; nine in ten above 0.25). Rows drawn from the baseline itself are 0.02
#: from it at a thousand, 0.1 at fifty.
HIGH_DRIFT = 0.2


@dataclass(frozen=True, eq=False)
class Baseline:
    """What normal is on one network.

    Attributes:
        name: `office`.
        says: one clause for people.
        calibration: by detector, the distribution of its novelty score.
        fused: the distribution of `Score`, fused over exactly these detectors.
        columns: names of the rows of `quantiles`.
        quantiles: float64 [columns, 21], at `quantiles.LEVELS`.
        highest: float64 [columns], the 99% quantiles; None in bundles made before these were kept.
    """

    name: str
    says: str
    calibration: Mapping[str, Calibration]
    fused: Calibration
    columns: tuple[str, ...]
    quantiles: NDArray[np.float64]
    highest: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        if not self.calibration:
            raise ValueError(f"baseline {self.name} calibrates no detector")
        if self.quantiles.shape != (len(self.columns), len(LEVELS)):
            raise ValueError(f"baseline {self.name}: quantiles of a wrong shape")
        ordered = np.isnan(self.quantiles).all(axis=1)
        with np.errstate(invalid="ignore"):
            ordered |= (self.quantiles[:, 1:] >= self.quantiles[:, :-1]).all(axis=1)
        if not ordered.all():
            raise ValueError(f"baseline {self.name}: quantiles do not ascend")
        if self.highest is not None and self.highest.shape != (len(self.columns),):
            raise ValueError(f"baseline {self.name}: 99% quantiles of a wrong shape")

    @property
    def usual(self) -> dict[str, float]:
        """The median of each column; without those that have none, or an infinite one."""
        medians = zip(self.columns, self.quantiles[:, MEDIAN].tolist(), strict=True)
        return {name: median for name, median in medians if math.isfinite(median)}

    def fused_over(self, detectors: Collection[str]) -> bool:
        """Whether these are all the detectors that `fused` is the distribution of."""
        return self.calibration.keys() <= set(detectors)

    def parts(self, detectors: Collection[str]) -> tuple[Calibration, ...]:
        """What these detectors are judged by: the fused score or, where one is left out, each
        by its own."""
        if self.fused_over(detectors):
            return (self.fused,)
        return tuple(own for name, own in self.calibration.items() if name in detectors)

    def require(self, fpr: float, detectors: Collection[str], model: str, others: int = 0) -> None:
        """Refuse a false-alarm budget that these detectors cannot resolve here.

        Args:
            fpr: the budget.
            detectors: names of those that judge.
            model: whose baseline it is, for the message.
            others: calibrations of other models that share the budget.

        Raises:
            ModelError: saying how many flows it takes.
        """
        where = f"model {model}, baseline {self.name},"
        parts = self.parts(detectors)
        if not parts:
            raise ModelError(f"{where} calibrates none of {', '.join(detectors)}")
        for part in parts:
            part.require(fpr, where, among=len(parts) + others)


class BaselineCounts:
    """How far traffic is from a baseline, feature by feature, counted as it goes by."""

    def __init__(self, baseline: Baseline) -> None:
        self.baseline = baseline
        self.columns: dict[str, ColumnCounts] = {}

    def add(self, flows: FlowBatch) -> None:
        """Count flows; columns that they lack, and context, are left out."""
        for name, row in zip(self.baseline.columns, self.baseline.quantiles, strict=True):
            if name in flows.features:
                self.columns.setdefault(name, ColumnCounts(row)).add(flows.features[name])

    def by_column(self) -> dict[str, float]:
        """Distance by feature, 0 to 1; most first."""
        drift = {name: counts.distance for name, counts in self.columns.items()}
        known = {name: distance for name, distance in drift.items() if distance is not None}
        return dict(sorted(known.items(), key=lambda item: -item[1]))

    @property
    def drift(self) -> float | None:
        """The mean over the features, which the choice of a baseline goes by; None: there is
        nothing to compare."""
        by_column = self.by_column()
        return float(np.mean(list(by_column.values()))) if by_column else None


@dataclass(frozen=True)
class Chosen:
    """The baselines that are used for a capture.

    Attributes:
        name: of the one that p-values are by.
        drift: how far the traffic is from it, 0 to 1: the mean over its columns; None where no
            column could be compared.
        nearest: name of the one that says what is usual; the same where the traffic is like none,
            or there is too little of it.
        nearest_drift: how far the traffic is from that one.
        unsure: fewer than 50 rows were there to tell which of several is nearest.
        by_column: drift from the nearest by column, most first.
    """

    name: str
    drift: float | None
    nearest: str
    nearest_drift: float | None
    unsure: bool
    by_column: Mapping[str, float]

    @property
    def is_near(self) -> bool:
        """Whether the traffic was found to be like a baseline, by enough flows."""
        return not self.unsure and _far(self.nearest_drift) < HIGH_DRIFT

    @property
    def drift_is_high(self) -> bool:
        """Whether counts expected by chance mean nothing any more."""
        return self.drift is not None and self.drift >= HIGH_DRIFT


def choose_baseline(
    baselines: Sequence[Baseline], flows: FlowBatch, judging: Baseline | None = None
) -> Chosen:
    """Which baseline is nearest to a capture's first rows; where they are like none, the one that
    p-values are by, and where a few flows would have to tell: a capture full of an attack is
    unlike all, and nearest would say nothing.

    Args:
        baselines: those to choose from.
        flows: the first rows that left the meter; more than a thousand are not looked at.
        judging: the one of them that p-values are by; None: the first.

    Raises:
        ModelError: no baseline.
    """
    if not baselines:
        raise ModelError("the model has no baseline; make one: netad-pcap train CAPTURE… -o FILE")
    rows = flows.take(slice(flows.carried, flows.carried + CHOICE_ROWS))
    compared = [BaselineCounts(baseline) for baseline in baselines]
    for counts in compared:
        counts.add(rows)
    place = 0 if judging is None else baselines.index(judging)
    drifts = [counts.drift for counts in compared]
    nearest = min(range(len(drifts)), key=lambda number: _far(drifts[number]))
    unsure = len(baselines) > 1 and len(rows) < UNSURE_ROWS
    if unsure or _far(drifts[nearest]) >= HIGH_DRIFT:
        nearest = place
    return Chosen(
        name=baselines[place].name,
        drift=drifts[place],
        nearest=baselines[nearest].name,
        nearest_drift=drifts[nearest],
        unsure=unsure,
        by_column=MappingProxyType(compared[nearest].by_column()),
    )


def _far(drift: float | None) -> float:
    """A drift to compare; what cannot be compared is farthest."""
    return 2.0 if drift is None else drift


def fit_baseline(
    name: str,
    flows: FlowBatch,
    novelty: Mapping[str, NDArray[np.float64]],
    columns: Sequence[str],
    *,
    says: str = "",
    weights: NDArray[Any] | None = None,
    groups: NDArray[Any] | None = None,
    alone: Collection[str] = (),
) -> Baseline:
    """A baseline from held-out benign flows.

    Args:
        name: of the baseline.
        flows: n flows that no detector was fitted to.
        novelty: by detector, float64 [n], their scores.
        columns: feature and context columns to keep quantiles of.
        says: one clause for people.
        weights: float64 [n], each at most 1.
        groups: int [n], captures: flows that depend on each other.
        alone: names of the detectors that are heard alone.

    Raises:
        ModelError: no flow of any weight.
    """
    calibration, fused = fit_fused(novelty, weights, groups, alone)
    return Baseline(
        name=name,
        says=says,
        calibration=MappingProxyType(calibration),
        fused=fused,
        columns=tuple(columns),
        quantiles=quantiles_of(flows, columns, weights),
        highest=quantiles_of(flows, columns, weights, np.array([HIGHEST]))[:, 0],
    )
