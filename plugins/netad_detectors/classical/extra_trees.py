"""Extremely randomized trees: a forest whose cuts are drawn, not searched.

Geurts, Ernst and Wehenkel, Extremely Randomized Trees, Machine Learning 63, 2006, as scikit-learn
grows them: smoother shares than a random forest's, from all rows and not from draws of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from netad_detectors.classical.random_forest import RandomForest

__all__ = ["ExtraTrees"]


@dataclass(kw_only=True, eq=False)
class ExtraTrees(RandomForest):
    """Benign against the families, by the mean of trees with drawn cuts."""

    name: ClassVar[str] = "extra_trees"

    def _forest(self) -> Any:
        from sklearn.ensemble import ExtraTreesClassifier

        return ExtraTreesClassifier
