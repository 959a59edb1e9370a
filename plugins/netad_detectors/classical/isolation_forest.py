"""An isolation forest: what few random cuts part from the rest is unlike it.

Liu, Ting and Zhou, Isolation Forest, ICDM 2008, as scikit-learn grows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from netad_detectors.classical.supervised import array_of
from netad_detectors.classical.trees import Trees
from netad_detectors.classical.unlike import Unlike

__all__ = ["IsolationForest"]


@dataclass(kw_only=True, eq=False)
class IsolationForest(Unlike):
    """The paper's anomaly score, 0 to 1.

    Args:
        trees: how many.
        rows: flows that each tree is grown from, drawn with their weights.
    """

    name: ClassVar[str] = "isolation_forest"
    check_parameters: ClassVar[dict[str, Any]] = {"trees": 10}

    trees: int = 200
    rows: int = 256

    def _learn(
        self, matrix: NDArray[np.float32], weight: NDArray[np.float64]
    ) -> Mapping[str, NDArray[Any]]:
        from sklearn.ensemble import IsolationForest as Forest

        from netad_detectors.classical.sklearn_trees import isolating, mean_path

        if np.ptp(weight):
            # scikit-learn's weights do not change which flows its trees are grown from.
            drawn = np.random.default_rng(self.seed).choice(len(matrix), len(matrix), p=weight)
            matrix = matrix[np.sort(drawn)]
        rows = min(self.rows, len(matrix))
        model = Forest(
            n_estimators=self.trees, max_samples=rows, random_state=self.seed, n_jobs=1
        ).fit(matrix)
        return {
            **isolating(model.estimators_).to_arrays(),
            "mean_path": mean_path(np.array([rows])),
        }

    def _refuse(self, arrays: Mapping[str, NDArray[Any]], cells: int) -> None:
        array_of(arrays, "mean_path", 1)
        if len(Trees.from_arrays(arrays, cells, 1).roots) != self.trees:
            raise ValueError(f"array 'trees.roots' must hold {self.trees} trees")

    def _parts(self, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
        trees = Trees.from_arrays(self._arrays, matrix.shape[1], 1)
        length = np.zeros((len(matrix), 1))
        for path in trees.said(matrix):
            length += path
        usual = max(float(self._arrays["mean_path"][0]), 1.0) * len(trees.roots)
        score: NDArray[np.float64] = 2.0 ** -(length / usual)
        return score
