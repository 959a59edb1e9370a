"""Several detectors' p-values become one score, and that score a p-value again.

The fusion is Fisher's: the logarithms of the p-values add up (Statistical Methods for Research
Workers, 1932, section 21.1), here as their mean. Detectors read the same flow, so their p-values
depend on each other in ways that nobody knows, and the mean has not Fisher's distribution: it only
ranks. `PValue` is the conformal p-value of the fused score among those of held-out benign flows,
which needs no assumption about dependence at all. A single detector that is sure is heard less than
by combinations of heavy tails (harmonic mean), which on other networks raise more false alarms
(decision 4).

A detector that says something of few flows only (`heard_alone`: look-ups of names) would be diluted
by the mean, and dilute it elsewhere. It counts by itself, a decade below what it says (a weighted
Bonferroni's price), where that is more than the mean of the others.

P-values that were never calibrated together, those of several bundles, have no such distribution:
of these the smallest counts, for both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection.calibration import Calibration, fit_calibration

__all__ = ["FUSION", "fit_fused", "fuse", "unite"]

#: What a manifest calls this fusion.
FUSION = "fisher"
#: What a detector that is heard alone gives away, in decades.
_ALONE_DECADES = 1.0
#: Parts of the calibration flows, each scored against the others.
_FOLDS = 10


def fuse(surprise: NDArray[np.float64], alone: Sequence[bool] = ()) -> NDArray[np.float64]:
    """`Score` [n]: mean of −log10 of the p-values, or more by one that is heard alone.

    Args:
        surprise: float64 [n, detectors], −log10 of each detector's p-value.
        alone: [detectors], which are heard alone; none by default. Where all are, they are
            taken as the others.
    """
    beside = [column for column, heard in enumerate(alone) if heard]
    together = [column for column in range(surprise.shape[1]) if column not in beside]
    if not together:
        together, beside = beside, []
    fused: NDArray[np.float64] = surprise[:, together[0]] / len(together)
    # One after the other: the order of a sum would depend on how many rows there are.
    for column in together[1:]:
        fused += surprise[:, column] / len(together)
    for column in beside:
        np.maximum(fused, surprise[:, column] - _ALONE_DECADES, out=fused)
    return fused


def unite(
    parts: Sequence[tuple[Calibration, NDArray[np.float64]]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`Score` [n] and `PValue` [n] of scores that were never calibrated together.

    `PValue` is the smallest p-value times their number (Bonferroni), valid however they depend on
    each other. `Score` is −log10 of the smallest, so it never contradicts `PValue`; it is continued
    beyond the calibration of most flows. Beyond a coarser one it is not: it would pass what the
    finer one can still tell.

    Args:
        parts: at least one calibration with the scores, float64 [n], that it is held against.
    """
    finest = min(calibration.smallest_p for calibration, _ in parts)
    p_values = [calibration.p_values(scores) for calibration, scores in parts]
    surprise = [
        calibration.surprise(scores) if calibration.smallest_p == finest else -np.log10(p)
        for (calibration, scores), p in zip(parts, p_values, strict=True)
    ]
    score: NDArray[np.float64] = np.max(surprise, axis=0)
    return score, np.minimum(len(parts) * np.min(p_values, axis=0), 1.0)


def fit_fused(
    novelty: Mapping[str, NDArray[np.float64]],
    weights: NDArray[Any] | None = None,
    groups: NDArray[Any] | None = None,
    alone: Collection[str] = (),
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
        alone: names of the detectors that are heard alone.

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
        fused[inside] = fuse(np.column_stack(surprise), [name in alone for name in novelty])
    return whole, fit_calibration(fused, weight)


def _parts(n: int, groups: NDArray[Any] | None) -> NDArray[np.intp]:
    if groups is not None and n:
        _, place = np.unique(groups, return_inverse=True)
        if place.max() > 0:
            return place.astype(np.intp) % _FOLDS
    return np.arange(n) % min(_FOLDS, max(n, 1))
