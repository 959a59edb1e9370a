"""A support vector machine with a radial kernel, one class against one.

Cortes and Vapnik, Support-Vector Networks, Machine Learning 20, 1995, as libsvm fits it; Lin, Ye
and Xu (CLOUD 2019), table 6. Its time grows with the square of the flows, so it learns some of
them. Shares are the softmax of votes and margins: they rank, and are no probabilities.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from netad_detectors.classical.supervised import Supervised, array_of
from netad_pcap.detection import score_in_blocks

__all__ = ["SVM"]

_BLOCK_ROWS = 256


@dataclass(kw_only=True, eq=False)
class SVM(Supervised):
    """Benign against the families, by margins.

    Args:
        strength: of the penalty on flows at the wrong side (C).
        rows: flows that are learned at most, drawn with their weights.
    """

    name: ClassVar[str] = "svm"

    scaling: str = "standard"
    strength: float = 1.0
    rows: int = 20_000

    def _learn(
        self,
        matrix: NDArray[np.float32],
        classes: NDArray[np.int64],
        weight: NDArray[np.float64],
    ) -> Mapping[str, NDArray[Any]]:
        from sklearn.svm import SVC

        if len(matrix) > self.rows:
            drawn = _drawn(classes, weight, self.rows, np.random.default_rng(self.seed))
            matrix, classes, weight = matrix[drawn], classes[drawn], weight[drawn]
        spread = float(matrix.var())
        gamma = 1.0 / (matrix.shape[1] * spread) if spread > 0 else 1.0
        model = SVC(C=self.strength, gamma=gamma, cache_size=500)
        model.fit(matrix.astype(np.float64), classes, sample_weight=weight / weight.mean())
        sign = -1.0 if len(model.classes_) == 2 else 1.0  # scikit-learn turns them for two
        return {
            "vectors": model.support_vectors_,
            "counts": model.n_support_.astype(np.int64),
            "coefficients": sign * model.dual_coef_,
            "intercepts": sign * model.intercept_,
            "gamma": np.array([gamma]),
        }

    def _refuse(self, arrays: Mapping[str, NDArray[Any]], width: int, classes: int) -> None:
        n = len(array_of(arrays, "vectors", None, width))
        counts = array_of(arrays, "counts", classes)
        if counts.dtype.kind != "i" or (counts < 0).any() or counts.sum() != n:
            raise ValueError("array 'counts' must say how many vectors each class has")
        array_of(arrays, "coefficients", classes - 1, n)
        array_of(arrays, "intercepts", classes * (classes - 1) // 2)
        if array_of(arrays, "gamma", 1)[0] <= 0:
            raise ValueError("array 'gamma' must be above 0")

    def _shares(self, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
        logits = score_in_blocks(self._votes, matrix.astype(np.float64), _BLOCK_ROWS)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
        return shares

    def _votes(self, block: NDArray[np.float64]) -> NDArray[np.float64]:
        """Votes of the pairs of classes, ties broken by margins (Platt's one against one)."""
        vectors, counts = self._arrays["vectors"], self._arrays["counts"]
        squares = (block**2).sum(axis=1)[:, None] + (vectors**2).sum(axis=1)
        kernel = np.exp(-self._arrays["gamma"][0] * (squares - 2.0 * block @ vectors.T))
        ends = np.cumsum(counts)
        votes, margins = (np.zeros((len(block), len(counts))) for _ in range(2))
        for pair, (i, j) in enumerate(combinations(range(len(counts)), 2)):
            of_i, of_j = slice(ends[i] - counts[i], ends[i]), slice(ends[j] - counts[j], ends[j])
            coefficients = self._arrays["coefficients"]
            side = (
                kernel[:, of_i] @ coefficients[j - 1, of_i]
                + kernel[:, of_j] @ coefficients[i, of_j]
                + self._arrays["intercepts"][pair]
            )
            votes[:, i] += side >= 0
            votes[:, j] += side < 0
            margins[:, i] += side
            margins[:, j] -= side
        result: NDArray[np.float64] = votes + margins / (3.0 * (np.abs(margins) + 1.0))
        return result


def _drawn(
    classes: NDArray[np.int64],
    weight: NDArray[np.float64],
    rows: int,
    generator: np.random.Generator,
) -> NDArray[np.int64]:
    """Rows of every class: an equal part each, what a class lacks goes to the larger ones."""
    found: list[NDArray[np.int64]] = []
    members = sorted((np.flatnonzero((classes == c) & (weight > 0)) for c in np.unique(classes)),
                     key=len)  # fmt: skip
    for place, mine in enumerate(members):
        part = (rows - sum(map(len, found))) // (len(members) - place)
        found.append(generator.permutation(mine)[:part])
    return np.sort(np.concatenate(found))
