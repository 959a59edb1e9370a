"""A decision tree.

Breiman, Friedman, Olshen and Stone, Classification and Regression Trees, 1984, as scikit-learn
grows it; Lin, Ye and Xu (CLOUD 2019), table 6. Grown to its leaves it is what random splits of
KDD Cup 99 have to be held against.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from netad_detectors.classical.supervised import Supervised
from netad_detectors.classical.trees import Trees

__all__ = ["DecisionTree"]


@dataclass(kw_only=True, eq=False)
class DecisionTree(Supervised):
    """Benign against the families, by one tree.

    Args:
        least_rows: flows that a leaf holds at least.
    """

    name: ClassVar[str] = "decision_tree"

    least_rows: int = 1

    def _learn(
        self,
        matrix: NDArray[np.float32],
        classes: NDArray[np.int64],
        weight: NDArray[np.float64],
    ) -> Mapping[str, NDArray[Any]]:
        from sklearn.tree import DecisionTreeClassifier

        from netad_detectors.classical.sklearn_trees import classifying

        model = DecisionTreeClassifier(min_samples_leaf=self.least_rows, random_state=self.seed)
        return classifying([model.fit(matrix, classes, sample_weight=weight)]).to_arrays()

    def _refuse(self, arrays: Mapping[str, NDArray[Any]], width: int, classes: int) -> None:
        if len(Trees.from_arrays(arrays, width, classes).roots) != 1:
            raise ValueError("array 'trees.roots' must hold one tree")

    def _shares(self, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
        trees = Trees.from_arrays(self._arrays, matrix.shape[1], int(self._known.sum()))
        return next(trees.said(matrix))
