"""A support vector machine of one class: a surface around the benign flows.

Schölkopf, Platt, Shawe-Taylor, Smola and Williamson, Estimating the Support of a High-Dimensional
Distribution, Neural Computation 13, 2001, with a radial kernel, as libsvm fits it. Its time grows
with the square of the flows, so it learns some of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from netad_detectors.classical.supervised import array_of
from netad_detectors.classical.unlike import Unlike, padded
from netad_pcap.detection import padded_width, score_in_blocks

__all__ = ["OneClassSVM"]

_BLOCK_ROWS = 256


@dataclass(kw_only=True, eq=False)
class OneClassSVM(Unlike):
    """How far outside the surface a flow lies; inside below 0.

    Args:
        outside: share of the learned flows that may lie outside (the paper's ν).
        rows: flows that are learned at most, drawn with their weights.
    """

    name: ClassVar[str] = "one_class_svm"

    outside: float = 0.01
    rows: int = 20_000

    def _learn(
        self, matrix: NDArray[np.float32], weight: NDArray[np.float64]
    ) -> Mapping[str, NDArray[Any]]:
        from sklearn.svm import OneClassSVM as Machine

        if len(matrix) > self.rows:
            random = np.random.default_rng(self.seed)
            drawn = random.choice(
                len(matrix), min(self.rows, int((weight > 0).sum())), replace=False, p=weight
            )
            # Drawn with their weights, flows count alike.
            matrix, weight = matrix[np.sort(drawn)], np.ones(len(drawn))
        spread = float(matrix.var())
        gamma = 1.0 / (matrix.shape[1] * spread) if spread > 0 else 1.0
        model = Machine(nu=self.outside, gamma=gamma, cache_size=500)
        model.fit(padded(matrix), sample_weight=weight / weight.mean())
        return {
            "vectors": model.support_vectors_,
            "coefficients": model.dual_coef_[0],
            "offset": -model.intercept_,
            "gamma": np.array([gamma]),
        }

    def _refuse(self, arrays: Mapping[str, NDArray[Any]], cells: int) -> None:
        n = len(array_of(arrays, "vectors", None, padded_width(cells)))
        array_of(arrays, "coefficients", n)
        array_of(arrays, "offset", 1)
        if array_of(arrays, "gamma", 1)[0] <= 0:
            raise ValueError("array 'gamma' must be above 0")

    def _parts(self, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
        return score_in_blocks(self._outside, padded(matrix), _BLOCK_ROWS)[:, None]

    def _outside(self, block: NDArray[np.float64]) -> NDArray[np.float64]:
        vectors = self._arrays["vectors"]
        squares = (block**2).sum(axis=1)[:, None] + (vectors**2).sum(axis=1)
        kernel = np.exp(-self._arrays["gamma"][0] * (squares - 2.0 * block @ vectors.T))
        result: NDArray[np.float64] = (
            self._arrays["offset"][0] - kernel @ self._arrays["coefficients"]
        )
        return result
