"""Histogram gradient boosting.

Friedman, Greedy Function Approximation: A Gradient Boosting Machine, Annals of Statistics 29,
2001; Ke et al., LightGBM, NIPS 2017, as scikit-learn grows it. With scikit-learn's own learning
rate of 0.1 and leaves of 20 it is unstable on KDD's tiny U2R class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from netad_detectors.classical.supervised import Supervised, array_of
from netad_detectors.classical.trees import Trees

__all__ = ["GradientBoosting"]


@dataclass(kw_only=True, eq=False)
class GradientBoosting(Supervised):
    """Benign against the families, by trees that correct each other.

    Args:
        rounds: how many trees a class.
        learning_rate: what each adds.
        least_rows: flows that a leaf holds at least.
        penalty: on large leaves (L2).
    """

    name: ClassVar[str] = "gradient_boosting"
    check_parameters: ClassVar[dict[str, Any]] = {"rounds": 3}

    rounds: int = 100
    learning_rate: float = 0.05
    least_rows: int = 50
    penalty: float = 1.0

    def _learn(
        self,
        matrix: NDArray[np.float32],
        classes: NDArray[np.int64],
        weight: NDArray[np.float64],
    ) -> Mapping[str, NDArray[Any]]:
        from sklearn.ensemble import HistGradientBoostingClassifier

        from netad_detectors.classical.sklearn_trees import boosted

        model = HistGradientBoostingClassifier(
            max_iter=self.rounds,
            learning_rate=self.learning_rate,
            min_samples_leaf=self.least_rows,
            l2_regularization=self.penalty,
            early_stopping=False,
            random_state=self.seed,
        ).fit(matrix, classes, sample_weight=weight)
        begin = np.asarray(model._baseline_prediction, np.float64).ravel()
        return {**boosted(model).to_arrays(), "begin": begin}

    def _refuse(self, arrays: Mapping[str, NDArray[Any]], width: int, classes: int) -> None:
        logits = 1 if classes == 2 else classes
        array_of(arrays, "begin", logits)
        if len(Trees.from_arrays(arrays, width, 1).roots) != self.rounds * logits:
            raise ValueError(f"array 'trees.roots' must hold {self.rounds * logits} trees")

    def _shares(self, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
        begin = self._arrays["begin"]
        logits = np.tile(begin, (len(matrix), 1))
        trees = Trees.from_arrays(self._arrays, matrix.shape[1], 1)
        for number, added in enumerate(trees.said(matrix)):
            logits[:, number % len(begin)] += added[:, 0]
        if len(begin) == 1:  # of two classes, the logit of the second
            logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
        return shares
