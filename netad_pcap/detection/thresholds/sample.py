"""Scores with weights, sorted once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Sample"]


@dataclass(frozen=True, eq=False)
class Sample:
    """Scores in ascending order, and what each flow counts.

    Attributes:
        scores, weights: float64 [n]; weights above 0.
    """

    scores: NDArray[np.float64]
    weights: NDArray[np.float64]

    @classmethod
    def of(cls, scores: NDArray[Any], weights: NDArray[Any] | None = None) -> Sample:
        """From scores in any order; flows of weight 0 are left out.

        Raises:
            ValueError: scores or weights that are no finite numbers, or weights below 0.
        """
        values = np.asarray(scores, np.float64)
        weight = np.ones(len(values)) if weights is None else np.asarray(weights, np.float64)
        if values.shape != weight.shape or not np.isfinite(values).all():
            raise ValueError("scores must be finite, one weight each")
        if not np.isfinite(weight).all() or (weight < 0).any():
            raise ValueError("weights must be finite and not below 0")
        order = np.argsort(values, kind="stable")
        order = order[weight[order] > 0]
        return cls(values[order], weight[order])

    @property
    def flows(self) -> float:
        """Weight of all flows."""
        return float(self.weights.sum())

    def above(self) -> NDArray[np.float64]:
        """Weight of the flows above each score, ties not counted, [n]."""
        total = np.concatenate([[0.0], np.cumsum(self.weights)])
        result: NDArray[np.float64] = (
            total[-1] - total[np.searchsorted(self.scores, self.scores, side="right")]
        )
        return result
