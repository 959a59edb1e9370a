"""Extremely randomized trees: a forest whose cuts are drawn, not searched.

Geurts, Ernst and Wehenkel, Extremely Randomized Trees, Machine Learning 63, 2006, as scikit-learn
grows them: smoother shares than a random forest's, from all rows and not from draws of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from netad_detectors.classical.random_forest import RandomForest

__all__ = ["ExtraTrees"]


@dataclass(kw_only=True, eq=False)
class ExtraTrees(RandomForest):
    """Benign against the families, by the mean of trees with drawn cuts."""

    name: ClassVar[str] = "extra_trees"

    def _learn(
        self,
        matrix: NDArray[np.float32],
        classes: NDArray[np.int64],
        weight: NDArray[np.float64],
    ) -> Mapping[str, NDArray[Any]]:
        from sklearn.ensemble import ExtraTreesClassifier

        from netad_detectors.classical.sklearn_trees import classifying

        model = ExtraTreesClassifier(
            self.trees, min_samples_leaf=self.least_rows, random_state=self.seed, n_jobs=1
        )
        return classifying(model.fit(matrix, classes, sample_weight=weight).estimators_).to_arrays()
