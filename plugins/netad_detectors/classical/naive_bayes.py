"""Gaussian naive Bayes.

John and Langley, Estimating Continuous Distributions in Bayesian Classifiers, UAI 1995, as
scikit-learn fits it; Lin, Ye and Xu (CLOUD 2019), table 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from netad_detectors.classical.supervised import Supervised, array_of

__all__ = ["NaiveBayes"]


@dataclass(kw_only=True, eq=False)
class NaiveBayes(Supervised):
    """Benign against the families, cells taken as independent and normal."""

    name: ClassVar[str] = "naive_bayes"

    scaling: str = "standard"

    def _learn(
        self,
        matrix: NDArray[np.float32],
        classes: NDArray[np.int64],
        weight: NDArray[np.float64],
    ) -> Mapping[str, NDArray[Any]]:
        from sklearn.naive_bayes import GaussianNB

        model = GaussianNB().fit(matrix.astype(np.float64), classes, sample_weight=weight)
        return {"centre": model.theta_, "variance": model.var_, "share": model.class_prior_}

    def _refuse(self, arrays: Mapping[str, NDArray[Any]], width: int, classes: int) -> None:
        array_of(arrays, "centre", classes, width)
        above_0 = array_of(arrays, "variance", classes, width), array_of(arrays, "share", classes)
        if any((array <= 0).any() for array in above_0):
            raise ValueError("arrays 'variance' and 'share' must be above 0")

    def _shares(self, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
        logits = np.empty((len(matrix), len(self._arrays["share"])))
        rows = zip(*(self._arrays[name] for name in ("centre", "variance", "share")), strict=True)
        for place, (centre, variance, share) in enumerate(rows):
            far = ((matrix - centre) ** 2 / variance).sum(axis=1)
            logits[:, place] = np.log(share) - 0.5 * (np.log(2 * np.pi * variance).sum() + far)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
        return shares
