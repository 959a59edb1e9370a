"""Family probabilities: calibrated, and those of several detectors pooled."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.families import FAMILIES

__all__ = ["fit_temperature", "pool", "temper"]

_SMALLEST = 1e-12


def temper(probabilities: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Probabilities [n, k] at another temperature: above 1 less sure, below 1 surer.

    Source: Guo, Pleiss, Sun and Weinberger, On Calibration of Modern Neural Networks, ICML
    2017, section 4.2, on log-probabilities.
    """
    if temperature == 1.0:
        return probabilities
    logs = np.log(np.maximum(probabilities, _SMALLEST)) / temperature
    powers = np.exp(logs - logs.max(axis=1, keepdims=True, initial=-np.inf))
    tempered: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return tempered


def fit_temperature(
    probabilities: NDArray[np.float64],
    truth: NDArray[Any],
    weights: NDArray[Any] | None = None,
) -> float:
    """The temperature, 1/8 to 8, at which held-out flows are least surprising.

    Args:
        probabilities: float64 [n, k], of held-out flows.
        truth: int [n], column of each flow's true family.
        weights: float64 [n].
    """
    if not len(probabilities):
        return 1.0
    weight = np.ones(len(truth)) if weights is None else np.asarray(weights, np.float64)
    rows = np.arange(len(truth))

    def loss(log_temperature: float) -> float:
        tempered = temper(probabilities, math.exp(log_temperature))
        return float(-(weight * np.log(np.maximum(tempered[rows, truth], _SMALLEST))).sum())

    # The loss is convex in 1/T, so it has one minimum in log T: golden section finds it.
    low, high = -math.log(8), math.log(8)
    ratio = (math.sqrt(5) - 1) / 2
    for _ in range(40):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, right) if loss(left) <= loss(right) else (left, high)
    return round(math.exp((low + high) / 2), 6)


def pool(
    parts: Sequence[tuple[tuple[str, ...], NDArray[np.float64]]], n: int
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """The mean of several detectors' probabilities over all families that any of them knows.

    A family that a detector does not know has probability 0 for it.

    Args:
        parts: families and float64 [n, families] of each detector that knows families.
        n: number of flows.

    Returns:
        Families in the order of `netad_pcap.families`, and float64 [n, families].
    """
    known = {family for families, _ in parts for family in families}
    names = tuple(family for family in FAMILIES if family in known)
    pooled = np.zeros((n, len(names)))
    for families, probabilities in parts:
        pooled[:, [names.index(family) for family in families]] += probabilities / len(parts)
    return names, pooled
