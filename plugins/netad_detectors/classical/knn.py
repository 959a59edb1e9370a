"""The k nearest neighbours.

Cover and Hart, Nearest Neighbor Pattern Classification, IEEE Transactions on Information Theory
13, 1967; Lin, Ye and Xu (CLOUD 2019), table 6; the first layer of Liu and Yang's filter (2024).
What is learned are flows themselves, scaled and without addresses: a bundle of it holds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from netad_detectors.classical.supervised import Supervised, array_of

__all__ = ["KNN"]


@dataclass(kw_only=True, eq=False)
class KNN(Supervised):
    """Benign against the families, by the votes of near flows.

    Args:
        neighbours: how many vote, each with its weight.
    """

    name: ClassVar[str] = "knn"

    scaling: str = "range"
    neighbours: int = 5

    def _learn(
        self,
        matrix: NDArray[np.float32],
        classes: NDArray[np.int64],
        weight: NDArray[np.float64],
    ) -> Mapping[str, NDArray[Any]]:
        heavy = weight > 0
        matrix, classes, weight = matrix[heavy], classes[heavy], weight[heavy]
        # Of equal flows of one class no more than `neighbours` can vote at once.
        both = np.column_stack([matrix, classes.astype(np.float32)])
        _, same = np.unique(both, axis=0, return_inverse=True)
        order = np.argsort(same, kind="stable")
        begin = np.searchsorted(same[order], same[order])
        kept = np.sort(order[np.arange(len(order)) - begin < self.neighbours])
        return {"flows": matrix[kept], "classes": classes[kept], "weight": weight[kept]}

    def _refuse(self, arrays: Mapping[str, NDArray[Any]], width: int, classes: int) -> None:
        n = len(array_of(arrays, "flows", None, width))
        found = array_of(arrays, "classes", n)
        if found.dtype.kind != "i" or not n or found.min() < 0 or found.max() >= classes:
            raise ValueError("array 'classes' must hold numbers of known families")
        if (array_of(arrays, "weight", n) <= 0).any():
            raise ValueError("array 'weight' must be above 0")

    def _shares(self, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
        from sklearn.neighbors import KDTree

        votes = np.zeros((len(matrix), int(self._known.sum())))
        if not len(matrix):
            return votes
        distinct, place = np.unique(matrix, axis=0, return_inverse=True)
        k = min(self.neighbours, len(self._arrays["flows"]))
        # A tree looks at each flow alone: products of matrices would depend on the batch.
        near = KDTree(self._arrays["flows"]).query(distinct, k, return_distance=False)[place]
        for column in near.T:
            votes[np.arange(len(votes)), self._arrays["classes"][column]] += self._arrays["weight"][
                column
            ]
        shares: NDArray[np.float64] = votes / votes.sum(axis=1, keepdims=True)
        return shares
