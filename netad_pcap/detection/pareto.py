"""Moments of a generalized Pareto tail.

Source: Hosking and Wallis, Parameter and Quantile Estimation for the Generalized Pareto
Distribution, Technometrics 29 (1987), with their κ = −shape: shape = 2 − a0 / (a0 − 2 a1), scale =
a0 (1 − shape).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["LARGEST_SHAPE", "moments"]

#: From a shape of 1 on a tail has no mean.
LARGEST_SHAPE = 0.9


def moments(excess: NDArray[np.float64], weight: NDArray[np.float64]) -> tuple[float, float]:
    """Probability-weighted moments a0 and a1.

    Args:
        excess: float64 [n], ascending, what scores exceed the tail's start by.
        weight: float64 [n], what each counts.
    """
    total = float(weight.sum())
    survival = (np.cumsum(weight[::-1])[::-1] - 0.5 * weight) / total
    a0 = float((weight * excess).sum()) / total
    a1 = float((weight * excess * survival).sum()) / total
    return a0, a1
