"""Peaks over threshold: the highest scores follow a generalized Pareto distribution.

Pickands 1975, Balkema and de Haan 1974; as Siffer, Fouque, Termier and Largouet use it, Anomaly
Detection in Streams with Extreme Value Theory, KDD 2017 (POT). It reaches shares that a quantile
of as many flows cannot resolve. Fitted by the moments of Hosking and Wallis, as p-values are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection.pareto import LARGEST_SHAPE, moments
from netad_pcap.detection.thresholds.sample import Sample
from netad_pcap.errors import ModelError

__all__ = ["TAIL_SHARE", "PeaksOver", "tail", "tail_of"]

#: The tail is what lies above this share's quantile.
TAIL_SHARE = 0.1
#: Different scores that it takes.
_LEAST_SCORES = 20
_LOWEST_SHAPE = -0.5


@dataclass(frozen=True)
class PeaksOver:
    """A generalized Pareto tail.

    Attributes:
        start: score above which the tail begins.
        share: of all flows that lie above it.
        scale: in units of the score, above 0.
        shape: below 0 the tail ends, above 0 it is heavy.
    """

    start: float
    share: float
    scale: float
    shape: float

    @classmethod
    def fit(
        cls, start: float, share: float, excess: NDArray[np.float64], weight: NDArray[np.float64]
    ) -> PeaksOver:
        """From what scores exceed `start` by, ascending.

        Raises:
            ModelError: too few different scores.
        """
        different = len(np.unique(excess))
        if different < _LEAST_SCORES:
            raise ModelError(
                f"threshold by tail: {different} different scores in the tail, {_LEAST_SCORES} are "
                "needed: give more flows, or use quantile"
            )
        a0, a1 = moments(excess, weight)
        shape = min(max(2.0 - a0 / (a0 - 2.0 * a1), _LOWEST_SHAPE), LARGEST_SHAPE)
        return cls(start, share, a0 * (1.0 - shape), shape)

    def threshold(self, share: float) -> float:
        """The score that `share` of all flows exceed; below the tail's own share."""
        ratio = share / self.share
        if abs(self.shape) < 1e-9:
            return self.start - self.scale * math.log(ratio)
        return self.start + self.scale / self.shape * math.expm1(-self.shape * math.log(ratio))


def tail(benign: Sample, share: float) -> float:
    """The score that the tail gives a probability of `share`.

    Raises:
        ModelError: the share is not in the tail, or the tail holds too few different scores.
    """
    if share >= TAIL_SHARE:
        raise ModelError(
            f"threshold by tail: a share of {share:g} is not in the tail of {TAIL_SHARE:g}: use "
            "quantile"
        )
    start, excess, weight = tail_of(benign)
    part = float(weight.sum()) / max(benign.flows, 1e-300)
    fitted = PeaksOver.fit(start, part, excess, weight)
    return fitted.threshold(min(share, fitted.share))


def tail_of(benign: Sample) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Where the tail begins, what scores exceed that by (ascending), and their weights."""
    inside = np.flatnonzero(benign.above() < TAIL_SHARE * benign.flows)
    first = int(inside[0]) if len(inside) else len(benign.scores)
    start = float(benign.scores[max(first - 1, 0)]) if len(benign.scores) else 0.0
    return start, benign.scores[first:] - start, benign.weights[first:]
