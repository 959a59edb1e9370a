"""Classifiers and autoencoders stacked by what they say of attacks that they never saw.

Wolpert, Stacked Generalization, Neural Networks 5, 1992: a second model learns, from rows that the
first had not seen, how far each member is to be believed. Rows at random would teach it to believe
classifiers alone, for whoever knows an attack needs no novelty. So the attacks of each family are
cut into clusters (k-means), and in every fold whole clusters are left out: the second model sees
how classifiers and reconstruction errors speak of attacks of a new kind, and of known ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from netad_detectors.autoencoders.sparse import SparseAutoencoder
from netad_detectors.classical.gradient_boosting import GradientBoosting
from netad_detectors.classical.principal_components import PrincipalComponents
from netad_detectors.classical.random_forest import RandomForest
from netad_detectors.classifiers.new_kinds import clusters_of, folds_of
from netad_detectors.classifiers.second_model import SecondModel
from netad_detectors.composed import Composed
from netad_detectors.families import known_from, scores_of, truth_of
from netad_detectors.preprocessing import Scaling, read_columns
from netad_pcap.detection import Scores
from netad_pcap.families import BENIGN
from netad_pcap.flows import FlowBatch

__all__ = ["Stacked"]

_LEAST_SHARE = 1e-4
_LEAST_ERROR = 1e-9


@dataclass(kw_only=True, eq=False)
class Stacked(Composed):
    """Benign against the families, by members that are believed as far as they were right.

    Args:
        trees: of the forest.
        rounds: of boosting.
        epochs: of the autoencoder.
        clusters: kinds that each family's attacks are cut into at most.
        folds: in each of which other clusters are left out.
        benign: share of the weight that benign flows have in the second model.
    """

    name: ClassVar[str] = "stacked"
    check_parameters: ClassVar[dict[str, Any]] = {
        "trees": 5, "rounds": 3, "epochs": 2, "clusters": 2, "folds": 2,
    }  # fmt: skip

    trees: int = 100
    rounds: int = 100
    epochs: int = 20
    clusters: int = 6
    folds: int = 3
    benign: float = 0.8
    _known: NDArray[np.bool_] = field(init=False)
    _second: SecondModel | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._known = np.zeros(len(self.families), np.bool_)

    def fit(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Self:
        """Learns the families; of benign flows alone there is nothing to learn.

        Raises:
            ValueError: only one family, or too few flows of one to leave some out.
        """
        truth, _ = truth_of(flows, families, self.families, self.name)
        assert families is not None
        own = flows.without_carried()
        said, told, weight = self._left_out(own, families, truth)
        self._known = np.bincount(truth, minlength=len(self.families)) > 0
        self._second = SecondModel.fit(said, told, weight)
        self._members = self._taught(own, families)
        return self

    def score(self, flows: FlowBatch) -> Scores:
        """Novelty −log P(benign), and the probabilities of all families."""
        assert self._second is not None
        said = self._said(self._fitted(), flows)
        return scores_of(self._second(said), self._known, self.families)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Those of the members, and the second model's."""
        members = super().to_arrays()
        assert self._second is not None
        return {**members, **self._second.to_arrays(), "known": self._known.astype(np.uint8)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], **parameters: Any) -> Self:
        """From `to_arrays()`.

        Raises:
            ValueError: an array is missing or of a wrong shape.
        """
        detector = super().from_arrays(arrays, **parameters)
        detector._known = known_from(arrays, detector.families)
        detector._second = SecondModel.from_arrays(
            arrays, detector._width(), int(detector._known.sum())
        )
        return detector

    def _kinds(self) -> dict[str, tuple[type[Any], dict[str, Any]]]:
        return {
            "forest": (RandomForest, {"trees": self.trees}),
            "boosting": (GradientBoosting, {"rounds": self.rounds}),
            "components": (PrincipalComponents, {}),
            "autoencoder": (SparseAutoencoder, {"epochs": self.epochs}),
        }

    def _width(self) -> int:
        """How many numbers the members say of a row."""
        naming = sum(1 for kind, _ in self._kinds().values() if hasattr(kind, "families"))
        return naming * len(self.families) + len(self._kinds()) - naming

    def _said(self, members: Mapping[str, Any], flows: FlowBatch) -> NDArray[np.float64]:
        """Logarithms of probabilities and of reconstruction errors, [n, width]."""
        columns = []
        for scores in (member.score(flows) for member in members.values()):
            error = np.maximum(scores.novelty, _LEAST_ERROR)[:, None]
            shares = scores.probabilities
            columns.append(np.log(error if shares is None else np.maximum(shares, _LEAST_SHARE)))
        return np.concatenate(columns, axis=1)

    def _taught(self, flows: FlowBatch, families: NDArray[Any]) -> dict[str, Any]:
        members = self._new_members()
        for member in members.values():
            member.fit(flows, families)
        return members

    def _left_out(
        self, flows: FlowBatch, families: NDArray[Any], truth: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
        """What members say of rows that they had not learned: with the truth and the weights.

        A cluster counts once where it is new and once where it is known, in every fold.
        """
        generator = np.random.default_rng(self.seed)
        reads = read_columns(self.columns, self.profile)
        matrix = Scaling.fit(flows, np.ones(len(flows)), reads)(flows)
        benign = list(self.families).index(BENIGN)
        kind = clusters_of(matrix, truth, benign, self.clusters, generator)
        said, told, weight = [], [], []
        for learned, sets in folds_of(kind, truth, self.folds, generator):
            members = self._taught(flows.take(learned), families[learned])
            attacks = sum(kind[rows[0]] >= 0 for rows in sets)
            for rows in sets:
                usual = kind[rows[0]] < 0
                share = self.benign if usual else (1 - self.benign) / attacks
                said.append(self._said(members, flows.take(rows)))
                told.append(truth[rows])
                weight.append(np.full(len(rows), share / len(rows)))
        untold = np.setdiff1d(truth, np.concatenate([*told, np.empty(0, np.int64)]))
        if len(untold):
            raise ValueError(
                f"the {self.name} has too few flows of {self.families[untold[0]]} to leave some "
                f"out in {self.folds} folds and learn from others"
            )
        return np.concatenate(said), np.concatenate(told), np.concatenate(weight)
