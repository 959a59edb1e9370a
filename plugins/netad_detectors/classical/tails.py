"""Empirical tails of single cells (ECOD).

Li, Zhao, Hu, Botta, Ionescu and Chen, ECOD: Unsupervised Outlier Detection Using Empirical
Cumulative Distribution Functions, IEEE TKDE 2022: of each cell −log of the share of flows that are
at least as low, and at least as high; the side that the cell's skewness names counts, and the
score is the largest of the three sums (low, high, by skewness).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from netad_detectors.classical.supervised import array_of
from netad_detectors.classical.unlike import Unlike

__all__ = ["Tails"]


@dataclass(kw_only=True, eq=False)
class Tails(Unlike):
    """Largest of three sums of −log tail shares.

    Args:
        kept: values kept of a cell, spaced by rank.
    """

    name: ClassVar[str] = "ecod"

    kept: int = 2_000

    def _learn(
        self, matrix: NDArray[np.float32], weight: NDArray[np.float64]
    ) -> Mapping[str, NDArray[Any]]:
        cells = matrix.shape[1]
        ranks = (np.arange(self.kept) + 0.5) / self.kept
        values = np.empty((cells, self.kept), np.float32)
        for cell in range(cells):
            order = np.argsort(matrix[:, cell], kind="stable")
            at = np.searchsorted(np.cumsum(weight[order]), ranks).clip(0, len(order) - 1)
            values[cell] = matrix[order[at], cell]
        mean = np.average(matrix, axis=0, weights=weight)
        skewness = np.average((matrix - mean) ** 3, axis=0, weights=weight)
        return {"values": values, "skewness": np.sign(skewness)}

    def _refuse(self, arrays: Mapping[str, NDArray[Any]], cells: int) -> None:
        values = array_of(arrays, "values", cells, self.kept)
        array_of(arrays, "skewness", cells)
        if (np.diff(values, axis=1) < 0).any():
            raise ValueError("array 'values' must be sorted")

    def _parts(self, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
        low, high = (np.empty(matrix.shape) for _ in range(2))
        for cell, values in enumerate(self._arrays["values"]):
            below = np.searchsorted(values, matrix[:, cell], side="right")
            above = self.kept - np.searchsorted(values, matrix[:, cell], side="left")
            low[:, cell] = -np.log((below + 1) / (self.kept + 1))
            high[:, cell] = -np.log((above + 1) / (self.kept + 1))
        skewed = np.where(self._arrays["skewness"] < 0, low, high)
        sides = np.stack([low, high, skewed])
        # Of flows without a tie one sum is the largest; it speaks.
        speaks = sides.sum(axis=2).argmax(axis=0)
        parts: NDArray[np.float64] = sides[speaks, np.arange(len(matrix))] + 0.0
        return parts
