"""Several detectors' p-values become one score, and that score a p-value again.

The fusion is the harmonic mean of the p-values. Detectors read the same flow, so their
p-values depend on each other in ways that nobody knows; combinations by heavy tails are the
ones that hardly care (Wilson, The harmonic mean p-value for combining dependent tests, PNAS
116 (2019); Gui, Jiang and Wang, Aggregating dependent signals with heavy-tailed combination
tests, Biometrika (2025)). One detector that is sure is heard whatever the others say, and a
second that agrees adds to it, where the smallest p-value would ignore it. As a p-value the
harmonic mean is somewhat too small (Chen, Wang, Wang and Zhu, Sub-uniformity of harmonic mean
p-values, 2024): here it only ranks. `PValue` is the conformal p-value of the fused score
among those of held-out benign flows, which needs no assumption about dependence at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection.calibration import Calibration, fit_calibration

__all__ = ["FUSION", "fit_fused", "fuse"]

#: What a manifest calls this fusion.
FUSION = "harmonic_mean"
#: Parts of the calibration flows, each scored against the others.
_FOLDS = 10


def fuse(surprise: NDArray[np.float64]) -> NDArray[np.float64]:
    """`Score` [n]: −log10 of the harmonic mean of the p-values.

    Args:
        surprise: float64 [n, detectors], −log10 of each detector's p-value.
    """
    if surprise.shape[1] == 1:
        return surprise[:, 0].copy()
    largest = surprise.max(axis=1, initial=0.0)
    # Powers of what lies far below the largest vanish; those of the largest are 1.
    powers = 10.0 ** np.maximum(surprise - largest[:, None], -300.0)
    fused: NDArray[np.float64] = largest + np.log10(powers.mean(axis=1))
    return fused


def fit_fused(
    novelty: Mapping[str, NDArray[np.float64]],
    weights: NDArray[Any] | None = None,
    groups: NDArray[Any] | None = None,
) -> tuple[dict[str, Calibration], Calibration]:
    """Calibrations of each detector and of their fused score, from the same held-out flows.

    A flow judged by a calibration that holds it never lies beyond it, as strange flows do
    later. So the flows are cut into ten parts, and the scores of each part come from
    calibrations on the other nine (cross-conformal; Vovk, Annals of Mathematics and
    Artificial Intelligence 74 (2015)).

    Args:
        novelty: by detector, float64 [n], of held-out benign flows.
        weights: float64 [n], each at most 1.
        groups: int [n], flows that must not be parted (captures); None, or one group only:
            every tenth flow is a part.

    Returns:
        The calibration of each detector, and that of `Score`.
    """
    whole = {name: fit_calibration(scores, weights) for name, scores in novelty.items()}
    n = len(next(iter(novelty.values())))
    weight = np.ones(n) if weights is None else np.asarray(weights, np.float64)
    part = _parts(n, groups)
    fused = np.empty(n)
    for number in np.unique(part):
        inside = part == number
        others = ~inside & (weight > 0)
        if not others.any():
            others = inside
        surprise = [
            fit_calibration(scores[others], weight[others]).surprise(scores[inside])
            for scores in novelty.values()
        ]
        fused[inside] = fuse(np.column_stack(surprise))
    return whole, fit_calibration(fused, weight)


def _parts(n: int, groups: NDArray[Any] | None) -> NDArray[np.intp]:
    if groups is not None and n:
        _, place = np.unique(groups, return_inverse=True)
        if place.max() > 0:
            return place.astype(np.intp) % _FOLDS
    return np.arange(n) % min(_FOLDS, max(n, 1))
