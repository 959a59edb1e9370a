"""The three-layer filter: neighbours, then a network, then a forest where they disagree.

Liu and Yang, IoT Network Traffic Analysis with Deep Learning, 2024, section 4.2.1 and figure 3.
The forest is trained on conflicts. The paper does not say where they come from: from test rows
they would leak their labels, so here they are those of training rows that neighbours and network
had not seen (cross-validation).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from netad_detectors.classical.knn import KNN
from netad_detectors.classical.random_forest import RandomForest
from netad_detectors.classifiers.cnn_lstm import CNNLSTM
from netad_detectors.families import scores_of_shares, truth_of
from netad_detectors.preprocessing import PROFILE, read_columns
from netad_pcap.detection import Needs, Scores
from netad_pcap.families import ATTACKS, BENIGN
from netad_pcap.flows import FlowBatch

__all__ = ["ThreeLayers"]

#: Conflicts of fewer than so many classes teach a forest nothing: it learns all rows then.
_LEAST_CONFLICTS = 50


@dataclass(kw_only=True, eq=False)
class ThreeLayers:
    """Benign against the families; where two methods agree they speak, else the third.

    Args:
        families: classes, `benign` among them.
        neighbours: of the first layer.
        hidden: width of the second layer's network.
        epochs: of the second layer.
        trees: of the third layer.
        folds: parts of the training flows, each told by what learned the others.
        columns: what is read, each with its number of symbols (0: numbers); None: the profile's.
        profile: rule book of the flows, whose columns are read.
        seed: of everything that is drawn.
    """

    name: ClassVar[str] = "three_layers"
    check_parameters: ClassVar[dict[str, Any]] = {
        "epochs": 3, "hidden": 16, "trees": 5, "folds": 2,
    }  # fmt: skip

    families: tuple[str, ...] | list[str] = (BENIGN, *ATTACKS)
    neighbours: int = 5
    hidden: int = 64
    epochs: int = 20
    trees: int = 100
    folds: int = 3
    columns: Mapping[str, int] | None = None
    profile: str = PROFILE
    seed: int = 0
    needs: Needs = field(init=False)
    _layers: dict[str, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.needs = Needs(columns=tuple(read_columns(self.columns, self.profile)))
        self._new_layers()

    def fit(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Self:
        """Learns the families; of benign flows alone there is nothing to learn."""
        truth, _ = truth_of(flows, families, self.families, self.name)
        assert families is not None
        own = flows.without_carried()
        layers = self._new_layers()
        conflict = self._conflicts(own, families, truth)
        rows = np.flatnonzero(conflict)
        taught = set(families[rows])
        if len(rows) < _LEAST_CONFLICTS or BENIGN not in taught or len(taught) < 2:
            rows = np.arange(len(own))
        layers["forest"].fit(own.take(rows), families[rows])
        for name in ("knn", "cnn_lstm"):
            layers[name].fit(own, families)
        self._layers = layers
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

    def to(self, device: str) -> None:
        """Moves the network."""
        self._fitted()["cnn_lstm"].to(device)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Those of the three layers, each behind its name."""
        return {
            f"{name}.{key}": array
            for name, layer in self._fitted().items()
            for key, array in layer.to_arrays().items()
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], **parameters: Any) -> Self:
        """From `to_arrays()`.

        Raises:
            ValueError: an array is missing or of a wrong shape.
        """
        detector = cls(**parameters)
        for name, layer in detector._new_layers().items():
            mine = {
                key.removeprefix(f"{name}."): array
                for key, array in arrays.items()
                if key.startswith(f"{name}.")
            }
            detector._layers[name] = type(layer).from_arrays(mine, **detector._parameters()[name])
        return detector

    def _conflicts(
        self, flows: FlowBatch, families: NDArray[Any], truth: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Rows on which layers one and two, fitted to the other folds, disagree."""
        generator = np.random.default_rng(self.seed)
        fold = np.empty(len(truth), np.int64)
        for label in np.unique(truth):
            members = generator.permutation(np.flatnonzero(truth == label))
            fold[members] = np.arange(len(members)) % self.folds
        conflict = np.zeros(len(truth), np.bool_)
        for number in range(self.folds):
            inside, outside = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
            if BENIGN not in families[outside] or (families[outside] == BENIGN).all():
                continue
            layers = self._new_layers()
            told = [
                layers[name]
                .fit(flows.take(outside), families[outside])
                .score(flows.take(inside))
                .probabilities.argmax(axis=1)
                for name in ("knn", "cnn_lstm")
            ]
            conflict[inside] = told[0] != told[1]
        return conflict

    def _parameters(self) -> dict[str, dict[str, Any]]:
        shared = {
            "families": self.families,
            "columns": self.columns,
            "profile": self.profile,
            "seed": self.seed,
        }
        return {
            "knn": {**shared, "neighbours": self.neighbours},
            "cnn_lstm": {**shared, "hidden": self.hidden, "epochs": self.epochs},
            "forest": {**shared, "trees": self.trees},
        }

    def _new_layers(self) -> dict[str, Any]:
        given = self._parameters()
        return {
            "knn": KNN(**given["knn"]),
            "cnn_lstm": CNNLSTM(**given["cnn_lstm"]),
            "forest": RandomForest(**given["forest"]),
        }

    def _fitted(self) -> dict[str, Any]:
        if not self._layers:
            raise ValueError(f"the {self.name} has not been fitted")
        return self._layers
