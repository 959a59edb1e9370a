"""Multinomial logistic regression of what other models say: arrays, fitted by scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_detectors.classical.supervised import array_of

__all__ = ["SecondModel"]


@dataclass(frozen=True, eq=False)
class SecondModel:
    """Numbers to logits.

    Attributes:
        centre, spread: float64 [width], taken off the numbers, and what they are divided by.
        begin: float64 [classes].
        weights: float64 [width, classes].
    """

    centre: NDArray[np.float64]
    spread: NDArray[np.float64]
    begin: NDArray[np.float64]
    weights: NDArray[np.float64]

    @classmethod
    def fit(
        cls, said: NDArray[np.float64], truth: NDArray[np.int64], weight: NDArray[np.float64]
    ) -> SecondModel:
        """From numbers [n, width], classes [n] and weights [n]."""
        from sklearn.linear_model import LogisticRegression

        centre, spread = said.mean(axis=0), np.maximum(said.std(axis=0), 1e-3)
        model = LogisticRegression(max_iter=500).fit(
            (said - centre) / spread, truth, sample_weight=weight / weight.mean()
        )
        weights, begin = model.coef_, model.intercept_
        if len(weights) == 1:  # of two classes, the logit of the second
            weights, begin = (np.concatenate([np.zeros_like(a), a]) for a in (weights, begin))
        return cls(centre, spread, begin, weights.T.copy())

    def __call__(self, said: NDArray[np.float64]) -> NDArray[np.float64]:
        """Logits [n, classes]; a row's depend on that row alone."""
        logits = np.tile(self.begin, (len(said), 1))
        # Column by column: a product of matrices depends on how many rows there are.
        for column, weights in zip(((said - self.centre) / self.spread).T, self.weights,
                                   strict=True):  # fmt: skip
            logits += column[:, None] * weights
        return logits

    def to_arrays(self) -> dict[str, NDArray[np.float64]]:
        """The four tables."""
        return {f"second.{name}": table for name, table in vars(self).items()}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], width: int, classes: int
    ) -> SecondModel:
        """From `to_arrays()`.

        Raises:
            ValueError: a table is missing or of a wrong shape, or a spread is not above 0.
        """
        model = cls(
            centre=array_of(arrays, "second.centre", width),
            spread=array_of(arrays, "second.spread", width),
            begin=array_of(arrays, "second.begin", classes),
            weights=array_of(arrays, "second.weights", width, classes),
        )
        if (model.spread <= 0).any():
            raise ValueError("array 'second.spread' must be above 0")
        return model
