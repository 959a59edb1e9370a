"""Histograms of single cells (HBOS).

Goldstein and Dengel, Histogram-based Outlier Score (HBOS): A Fast Unsupervised Anomaly Detection
Algorithm, KI 2012: the score is the sum over cells of −log of the height of the bin that a flow
lies in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from netad_detectors.classical.supervised import array_of
from netad_detectors.classical.unlike import Unlike

__all__ = ["Histograms"]


@dataclass(kw_only=True, eq=False)
class Histograms(Unlike):
    """Sum over cells of −log of a bin's height.

    Args:
        bins: of equal width, between a cell's least and largest value.
        least: height of an empty bin, and beside all bins; the highest has 1.
    """

    name: ClassVar[str] = "hbos"

    bins: int = 20
    least: float = 1e-3

    def _learn(
        self, matrix: NDArray[np.float32], weight: NDArray[np.float64]
    ) -> Mapping[str, NDArray[Any]]:
        seen = matrix[weight > 0]
        low, high = seen.min(axis=0).astype(np.float64), seen.max(axis=0).astype(np.float64)
        arrays = {"low": low, "width": np.maximum((high - low) / self.bins, 1e-9)}
        places = self._places(matrix, arrays)
        heights = np.zeros((matrix.shape[1], self.bins))
        for cell in range(matrix.shape[1]):
            heights[cell] = np.bincount(
                places[:, cell].clip(0, self.bins - 1), weights=weight, minlength=self.bins
            )
        return {**arrays, "height": heights / heights.max(axis=1, keepdims=True)}

    def _refuse(self, arrays: Mapping[str, NDArray[Any]], cells: int) -> None:
        array_of(arrays, "low", cells)
        if (array_of(arrays, "width", cells) <= 0).any():
            raise ValueError("array 'width' must be above 0")
        if (array_of(arrays, "height", cells, self.bins) < 0).any():
            raise ValueError("array 'height' must not be below 0")

    def _parts(self, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
        places = self._places(matrix, self._arrays)
        inside = (places >= 0) & (places < self.bins)
        heights = self._arrays["height"][np.arange(matrix.shape[1]), places.clip(0, self.bins - 1)]
        parts: NDArray[np.float64] = -np.log(np.maximum(np.where(inside, heights, 0.0), self.least))
        return parts + 0.0

    def _places(
        self, matrix: NDArray[np.float32], arrays: Mapping[str, NDArray[Any]]
    ) -> NDArray[np.int64]:
        """The bin of each cell, −1 and `bins` beside them; the largest value is in the last."""
        where = (matrix - arrays["low"]) / arrays["width"]
        places: NDArray[np.int64] = np.floor(np.clip(where, -1, self.bins + 1)).astype(np.int64)
        places[(places == self.bins) & (where <= self.bins + 1e-3)] = self.bins - 1
        places.clip(-1, self.bins, out=places)
        return places
