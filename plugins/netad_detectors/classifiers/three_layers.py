"""The three-layer filter: neighbours, then a network, then a forest where they disagree.

Liu and Yang, IoT Network Traffic Analysis with Deep Learning, 2024, section 4.2.1 and figure 3.
The forest is trained on conflicts. The paper does not say where they come from: from test rows
they would leak their labels, so here they are those of training rows that neighbours and network
had not seen (cross-validation).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from netad_detectors.classical.knn import KNN
from netad_detectors.classical.random_forest import RandomForest
from netad_detectors.classifiers.cnn_lstm import CNNLSTM
from netad_detectors.composed import Composed, dealt
from netad_detectors.families import scores_of_shares, truth_of
from netad_pcap.detection import Scores
from netad_pcap.families import BENIGN
from netad_pcap.flows import FlowBatch

__all__ = ["ThreeLayers"]

#: Conflicts of fewer than so many classes teach a forest nothing: it learns all rows then.
_LEAST_CONFLICTS = 50


@dataclass(kw_only=True, eq=False)
class ThreeLayers(Composed):
    """Benign against the families; where two methods agree they speak, else the third.

    Args:
        neighbours: of the first layer.
        hidden: width of the second layer's network.
        epochs: of the second layer.
        trees: of the third layer.
        folds: parts of the training flows, each told by what learned the others.
    """

    name: ClassVar[str] = "three_layers"
    check_parameters: ClassVar[dict[str, Any]] = {
        "epochs": 3, "hidden": 16, "trees": 5, "folds": 2,
    }  # fmt: skip

    neighbours: int = 5
    hidden: int = 64
    epochs: int = 20
    trees: int = 100
    folds: int = 3

    def fit(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Self:
        """Learns the families; of benign flows alone there is nothing to learn."""
        truth, _ = truth_of(flows, families, self.families, self.name)
        assert families is not None
        own = flows.without_carried()
        layers = self._new_members()
        conflict = self._conflicts(own, families, truth)
        rows = np.flatnonzero(conflict)
        taught = set(families[rows])
        if len(rows) < _LEAST_CONFLICTS or BENIGN not in taught or len(taught) < 2:
            rows = np.arange(len(own))
        layers["forest"].fit(own.take(rows), families[rows])
        for name in ("knn", "cnn_lstm"):
            layers[name].fit(own, families)
        self._members = layers
        return self

    def score(self, flows: FlowBatch) -> Scores:
        """Probabilities: the mean of the first two layers where they agree, else the third's."""
        first, second, third = (
            self._fitted()[name].score(flows).probabilities
            for name in ("knn", "cnn_lstm", "forest")
        )
        agree = first.argmax(axis=1) == second.argmax(axis=1)
        shares = np.where(agree[:, None], (first + second) / 2, third)
        return scores_of_shares(shares, np.ones(len(self.families), np.bool_), self.families)

    def _conflicts(
        self, flows: FlowBatch, families: NDArray[Any], truth: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Rows on which layers one and two, fitted to the other folds, disagree."""
        generator = np.random.default_rng(self.seed)
        fold = dealt(truth, self.folds, generator)
        conflict = np.zeros(len(truth), np.bool_)
        for number in range(self.folds):
            inside, outside = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
            if BENIGN not in families[outside] or (families[outside] == BENIGN).all():
                continue
            layers = self._new_members()
            told = [
                layers[name]
                .fit(flows.take(outside), families[outside])
                .score(flows.take(inside))
                .probabilities.argmax(axis=1)
                for name in ("knn", "cnn_lstm")
            ]
            conflict[inside] = told[0] != told[1]
        return conflict

    def _kinds(self) -> dict[str, tuple[type[Any], dict[str, Any]]]:
        return {
            "knn": (KNN, {"neighbours": self.neighbours}),
            "cnn_lstm": (CNNLSTM, {"hidden": self.hidden, "epochs": self.epochs}),
            "forest": (RandomForest, {"trees": self.trees}),
        }
