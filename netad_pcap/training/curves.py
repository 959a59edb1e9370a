"""How scores order attack and benign flows: areas, thresholds and curves, weighted.

Weights make a flood of flows count like any other capture (evaluation.md).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "average_precision",
    "precision_recall_curve",
    "roc_curve",
    "weighted_auc",
    "weighted_threshold",
]

#: Points of a curve that are kept.
_POINTS = 200


def weighted_auc(
    attack: NDArray[np.float64],
    benign: NDArray[np.float64],
    weight: NDArray[np.float64],
    attack_weight: NDArray[np.float64] | None = None,
) -> float:
    """ROC-AUC of attack scores against weighted benign scores; ties count one half.

    NaN without any of either.
    """
    if not len(attack) or not len(benign):
        return float("nan")
    order = np.argsort(benign, kind="stable")
    ordered, total = benign[order], np.concatenate([[0.0], np.cumsum(weight[order])])
    below = total[np.searchsorted(ordered, attack, side="left")]
    up_to = total[np.searchsorted(ordered, attack, side="right")]
    return float(np.average((below + up_to) / 2, weights=attack_weight) / total[-1])


def weighted_threshold(
    score: NDArray[np.float64], weight: NDArray[np.float64], false_alarms: float
) -> float:
    """The smallest score that at most this weighted share of benign flows exceeds."""
    order = np.argsort(score, kind="stable")
    ordered = score[order]
    # Weight above each score, ties counted as not above.
    total = np.concatenate([[0.0], np.cumsum(weight[order])])
    above = total[-1] - total[np.searchsorted(ordered, ordered, side="right")]
    # A hair: sums of weights round.
    place = int(np.argmax(above <= false_alarms * total[-1] * (1 + 1e-12)))
    return float(ordered[place])


def average_precision(
    score: NDArray[np.float64], attack: NDArray[np.bool_], weight: NDArray[np.float64]
) -> float:
    """Area under the precision-recall curve, as the sum over thresholds of precision times the
    step of recall (no interpolation, which flatters: Davis and Goadrich, ICML 2006).

    NaN without any of either; its chance level is the attacks' share of the weight.
    """
    hits, alarms = _cumulated(score, attack, weight)
    if not len(hits) or not 0 < hits[-1] < alarms[-1]:
        return float("nan")
    steps = np.diff(np.concatenate([[0.0], hits / hits[-1]]))
    return float((steps * hits / alarms).sum())


def roc_curve(
    score: NDArray[np.float64], attack: NDArray[np.bool_], weight: NDArray[np.float64]
) -> list[tuple[float, float]]:
    """Points (false-alarm rate, recall), at most 200, from (0, 0) to (1, 1)."""
    hits, alarms = _cumulated(score, attack, weight)
    false = alarms - hits
    return _thinned(false / false[-1], hits / hits[-1], start=(0.0, 0.0))


def precision_recall_curve(
    score: NDArray[np.float64], attack: NDArray[np.bool_], weight: NDArray[np.float64]
) -> list[tuple[float, float]]:
    """Points (recall, precision), at most 200."""
    hits, alarms = _cumulated(score, attack, weight)
    return _thinned(hits / hits[-1], hits / alarms, start=None)


def _cumulated(
    score: NDArray[np.float64], attack: NDArray[np.bool_], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weight of the attacks, and of all flows, at or above each distinct score, highest first."""
    order = np.argsort(-score, kind="stable")
    ordered, heavy = score[order], weight[order]
    last = np.flatnonzero(np.append(np.diff(ordered) != 0, np.ones(min(len(ordered), 1), bool)))
    hits = np.cumsum(np.where(attack[order], heavy, 0.0))
    return hits[last], np.cumsum(heavy)[last]


def _thinned(
    x: NDArray[np.float64], y: NDArray[np.float64], start: tuple[float, float] | None
) -> list[tuple[float, float]]:
    """Evenly along the curve: by how far it has come in both directions."""
    way = np.cumsum(np.abs(np.diff(x, prepend=0.0)) + np.abs(np.diff(y, prepend=y[0])))
    places = np.searchsorted(way, np.linspace(0.0, way[-1], _POINTS))
    kept = np.unique(np.minimum(places, len(x) - 1))
    points = [(round(float(x[i]), 5), round(float(y[i]), 5)) for i in kept]
    return points if start is None else [start, *points]
