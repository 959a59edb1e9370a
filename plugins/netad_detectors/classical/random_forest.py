"""A random forest.

Breiman, Random Forests, Machine Learning 45, 2001, as scikit-learn grows it; Lin, Ye and Xu
(CLOUD 2019), table 6; the third layer of Liu and Yang's filter (2024).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from netad_detectors.classical.supervised import Supervised
from netad_detectors.classical.trees import Trees

__all__ = ["RandomForest"]


@dataclass(kw_only=True, eq=False)
class RandomForest(Supervised):
    """Benign against the families, by the mean of trees.

    Args:
        trees: how many.
        least_rows: flows that a leaf holds at least.
    """

    name: ClassVar[str] = "random_forest"
    check_parameters: ClassVar[dict[str, Any]] = {"trees": 5}

    trees: int = 100
    least_rows: int = 1

    def _learn(
        self,
        matrix: NDArray[np.float32],
        classes: NDArray[np.int64],
        weight: NDArray[np.float64],
    ) -> Mapping[str, NDArray[Any]]:
        from netad_detectors.classical.sklearn_trees import classifying

        model = self._forest()(
            self.trees, min_samples_leaf=self.least_rows, random_state=self.seed, n_jobs=1
        )
        return classifying(model.fit(matrix, classes, sample_weight=weight).estimators_).to_arrays()

    def _forest(self) -> Any:
        """scikit-learn's class, imported only to learn."""
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier

    def _refuse(self, arrays: Mapping[str, NDArray[Any]], width: int, classes: int) -> None:
        if len(Trees.from_arrays(arrays, width, classes).roots) != self.trees:
            raise ValueError(f"array 'trees.roots' must hold {self.trees} trees")

    def _shares(self, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
        trees = Trees.from_arrays(self._arrays, matrix.shape[1], int(self._known.sum()))
        total = np.zeros((len(matrix), int(self._known.sum())))
        for shares in trees.said(matrix):
            total += shares
        return total / len(trees.roots)
