"""Scores become p-values: split conformal prediction, continued beyond its calibration scores.

Source: Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World (2005), 2.2 and 4.2:
p = (1 + #{calibration scores ≥ s}) / (n + 1) is below α in at most a share α of flows that
are exchangeable with the calibration flows. Flows may weigh less than 1 (a flood does not
swamp a baseline): then counts and n are sums of weights, and the flow in question weighs 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture.wording import count_of
from netad_pcap.detection.pareto import LARGEST_SHAPE, moments
from netad_pcap.errors import ModelError

__all__ = ["CAP", "Calibration", "Tail", "fit_calibration", "flows_needed"]

#: A calibration keeps at most so many scores.
CAP = 10_000
#: Of these the highest are kept one by one, the others spaced by rank.
_KEPT_AT_TOP = 2_000
#: The tail is fitted to this share of the scores, and to at least so many.
_TAIL_SHARE = 0.1
_TAIL_FLOWS = 20

#: Finite whatever the score: infinities rank nothing.
_LARGEST_SURPRISE = 1e300

_LN10 = math.log(10.0)


@dataclass(frozen=True)
class Tail:
    """A generalized Pareto tail beyond `start`: P(S > s | S > start).

    Attributes:
        start: the largest calibration score.
        scale: in units of the score, above 0.
        shape: 0 (exponential) to 0.9 (heavy).
    """

    start: float
    scale: float
    shape: float

    def surprise(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """−log10 of the share of the tail above each score ≥ `start`."""
        with np.errstate(over="ignore"):
            excess = (scores - self.start) / self.scale
            if self.shape == 0:
                return np.minimum(excess / _LN10, _LARGEST_SURPRISE)
            grown = np.log1p(self.shape * excess) / (self.shape * _LN10)
        return np.minimum(grown, _LARGEST_SURPRISE)


@dataclass(frozen=True, eq=False)
class Calibration:
    """The distribution of a score among held-out benign flows.

    Attributes:
        scores: float64 [m], distinct, ascending.
        at_least: float64 [m], weight of the calibration flows with a score above the one
            before: `at_least[0]` is the weight of all of them.
    """

    scores: NDArray[np.float64]
    at_least: NDArray[np.float64]

    def __post_init__(self) -> None:
        scores, at_least = self.scores, self.at_least
        if scores.ndim != 1 or scores.shape != at_least.shape or not len(scores):
            raise ValueError("calibration scores and weights must be two columns of one length")
        if scores.dtype != np.float64 or at_least.dtype != np.float64:
            raise ValueError("calibration scores and weights must be float64")
        if not (np.isfinite(scores).all() and np.isfinite(at_least).all()):
            raise ValueError("calibration scores and weights must be finite")
        ordered = (scores[1:] > scores[:-1]).all() and (at_least[1:] < at_least[:-1]).all()
        if not ordered or at_least[-1] <= 0:
            raise ValueError("calibration scores must ascend, their weights descend")

    @property
    def flows(self) -> float:
        """Weight of the calibration flows: n of the p-value."""
        return float(self.at_least[0])

    @property
    def smallest_p(self) -> float:
        """1/(n+1), below which no conformal p-value gets."""
        return 1.0 / (self.flows + 1.0)

    @cached_property
    def tail(self) -> Tail:
        """What the calibration is continued with beyond its largest score."""
        return _fit_tail(self.scores, self.at_least)

    def p_values(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Conformal p-values float64 [n], exact, never below 1/(n+1)."""
        place = np.searchsorted(self.scores, scores, side="left")
        above = np.append(self.at_least, 0.0)[place]
        return (1.0 + above) / (1.0 + self.flows)

    def surprise(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """−log10 of the p-values, continued beyond the largest calibration score.

        Within the calibration scores these are the conformal p-values. Beyond them all would
        be 1/(n+1) and all strong flows would tie, so from there p falls on along the `tail`:
        it never rises with the score, is continuous at the joint, and stays finite where p
        itself would underflow. Below 1/(n+1) it is a ranking, not a guarantee.
        """
        result = -np.log10(self.p_values(scores))
        beyond = scores > self.scores[-1]
        if beyond.any():
            result[beyond] += self.tail.surprise(scores[beyond])
        return result

    def require(self, fpr: float, where: str, among: int = 1) -> None:
        """Refuse a false-alarm budget that these flows cannot resolve.

        Args:
            fpr: the budget.
            where: who is calibrated, for the message.
            among: how many calibrations share the budget.

        Raises:
            ModelError: saying how many flows it takes.
        """
        if self.smallest_p * among > fpr:
            shared = f" shared by {among} calibrations" if among > 1 else ""
            raise ModelError(
                f"{where} is calibrated on {count_of(round(self.flows), 'flow')}; --fpr "
                f"{fpr:g}{shared} needs at least {flows_needed(fpr / among):,}: calibrate on more "
                "flows, or choose a larger --fpr"
            )


def flows_needed(fpr: float) -> int:
    """How many calibration flows let a p-value reach `fpr`: the smallest n, 1/(n+1) ≤ fpr."""
    if not 0 < fpr < 1:
        raise ValueError("a false-alarm budget lies between 0 and 1")
    needed = max(1, math.ceil(1.0 / fpr) - 2)
    while 1.0 / (needed + 1.0) > fpr:
        needed += 1
    return needed


def fit_calibration(
    scores: NDArray[Any], weights: NDArray[Any] | None = None, cap: int = CAP
) -> Calibration:
    """The calibration that held-out benign flows give.

    Where there are more than `cap` distinct scores, the highest are kept and the others
    thinned by rank; a dropped score counts as the next higher one that is kept, so p-values
    only grow (they stay valid).

    Args:
        scores: float64 [n], finite.
        weights: float64 [n], each at most 1 (None: all 1).
        cap: how many scores to keep at most.

    Raises:
        ModelError: no flow to calibrate on.
        ValueError: scores that are not finite, weights outside 0 to 1.
    """
    values = np.asarray(scores, np.float64)
    weight = np.ones(len(values)) if weights is None else np.asarray(weights, np.float64)
    if values.shape != weight.shape or not np.isfinite(values).all():
        raise ValueError("calibration scores must be finite, one weight each")
    if not ((weight >= 0) & (weight <= 1)).all():
        raise ValueError("weights of calibration flows lie between 0 and 1")
    values, weight = values[weight > 0], weight[weight > 0]
    if not len(values):
        raise ModelError("no flow to calibrate on: every weight is 0, or there is no benign flow")
    order = np.argsort(values, kind="stable")
    values, weight = values[order], weight[order]
    distinct, first = np.unique(values, return_index=True)
    at_least = np.cumsum(weight[::-1])[::-1][first]
    # Sums of weights round: 98.9999999 flows would not resolve a budget of 1%, 99 do.
    whole = np.round(at_least, 9)
    if (whole[1:] < whole[:-1]).all() and whole[-1] > 0:
        at_least = whole
    kept = _kept(len(distinct), cap)
    before = np.concatenate([[0], kept[:-1] + 1])
    return Calibration(distinct[kept], at_least[before])


def _kept(n: int, cap: int) -> NDArray[np.intp]:
    """Which of n ascending scores are kept: the top ones all, the others evenly by rank."""
    if n <= cap:
        return np.arange(n)
    top = min(_KEPT_AT_TOP, cap // 2)
    spaced = np.linspace(0, n - top - 1, cap - top).astype(np.intp)
    return np.unique(np.concatenate([spaced, np.arange(n - top, n)]))


def _fit_tail(scores: NDArray[np.float64], at_least: NDArray[np.float64]) -> Tail:
    """Fit the top of the calibration scores by probability-weighted moments.

    What lies beyond a higher start is generalized Pareto again, of the same shape, its scale
    grown by shape × (start − threshold).
    The shape is kept at 0 or above (a tail that ends would give p = 0) and below 1 (no mean).
    """
    weights = -np.diff(np.append(at_least, 0.0))
    goal = max(_TAIL_SHARE * at_least[0], _TAIL_FLOWS)
    first = max(int(np.searchsorted(-at_least, -goal, side="right")) - 1, 0)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        a0, a1 = moments(scores[first:] - scores[first], weights[first:])
    start = float(scores[-1])
    if not (a0 > 0 and math.isfinite(a0)) or a0 <= 2 * a1:
        return Tail(start, _spread(scores), 0.0)
    shape = min(max(2.0 - a0 / (a0 - 2.0 * a1), 0.0), LARGEST_SHAPE)
    scale = a0 * (1.0 - shape) + shape * (start - float(scores[first]))
    if not (scale > 0 and math.isfinite(scale)):
        return Tail(start, _spread(scores), 0.0)
    return Tail(start, scale, shape)


def _spread(scores: NDArray[np.float64]) -> float:
    """A scale where the top says nothing: the scores' own spread, or their size, or 1."""
    spread = float(scores[-1] / 2 - scores[0] / 2)
    if spread > 0 and math.isfinite(spread):
        return spread
    size = abs(float(scores[-1]))
    return size if size > np.finfo(np.float64).tiny else 1.0
