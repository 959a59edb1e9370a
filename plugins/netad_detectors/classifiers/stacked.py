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
from netad_detectors.classical.supervised import array_of
from netad_detectors.composed import Composed, dealt
from netad_detectors.families import known_from, scores_of, truth_of
from netad_detectors.preprocessing import Scaling, read_columns
from netad_pcap.detection import Scores
from netad_pcap.families import BENIGN
from netad_pcap.flows import FlowBatch

__all__ = ["Stacked"]

#: Rows of one cluster, or of benign flows, in one fold that the second model learns from at most.
_MOST = 4_000
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
    benign: float = 0.5
    _known: NDArray[np.bool_] = field(init=False)
    _second: Mapping[str, NDArray[np.float64]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._known = np.zeros(len(self.families), np.bool_)

    def fit(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Self:
        """Learns the families; of benign flows alone there is nothing to learn."""
        truth, _ = truth_of(flows, families, self.families, self.name)
        assert families is not None
        own = flows.without_carried()
        generator = np.random.default_rng(self.seed)
        kind = self._clusters(own, truth, generator)
        said, told, weight = self._left_out(own, families, truth, kind, generator)
        self._known = np.bincount(truth, minlength=len(self.families)) > 0
        self._second = self._learned(said, told, weight)
        self._members = self._taught(own, families)
        return self

    def score(self, flows: FlowBatch) -> Scores:
        """Novelty −log P(benign), and the probabilities of all families."""
        said = (self._said(self._fitted(), flows) - self._second["centre"]) / self._second["spread"]
        # Column by column: a product of matrices depends on how many rows there are.
        logits = np.tile(self._second["begin"], (len(said), 1))
        for column, weights in zip(said.T, self._second["weights"], strict=True):
            logits += column[:, None] * weights
        return scores_of(logits, self._known, self.families)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Those of the members, and the second model's."""
        second = {f"second.{name}": array for name, array in self._second.items()}
        return {**super().to_arrays(), **second, "known": self._known.astype(np.uint8)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], **parameters: Any) -> Self:
        """From `to_arrays()`.

        Raises:
            ValueError: an array is missing or of a wrong shape.
        """
        detector = super().from_arrays(arrays, **parameters)
        detector._known = known_from(arrays, detector.families)
        width, classes = detector._width(), int(detector._known.sum())
        shapes = {"centre": (width,), "spread": (width,), "begin": (classes,),
                  "weights": (width, classes)}  # fmt: skip
        detector._second = {
            name: array_of(arrays, f"second.{name}", *shape) for name, shape in shapes.items()
        }
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
        for member in members.values():
            scores = member.score(flows)
            if scores.probabilities is None:
                columns.append(np.log(np.maximum(scores.novelty, _LEAST_ERROR))[:, None])
            else:
                columns.append(np.log(np.maximum(scores.probabilities, _LEAST_SHARE)))
        return np.concatenate(columns, axis=1)

    def _taught(self, flows: FlowBatch, families: NDArray[Any]) -> dict[str, Any]:
        members = self._new_members()
        for member in members.values():
            member.fit(flows, families)
        return members

    def _clusters(
        self, flows: FlowBatch, truth: NDArray[np.int64], generator: np.random.Generator
    ) -> NDArray[np.int64]:
        """The cluster of each attack flow, numbered over all families; −1: benign."""
        from sklearn.cluster import MiniBatchKMeans

        matrix = Scaling.fit(flows, np.ones(len(flows)), read_columns(self.columns, self.profile))(
            flows
        )
        kind, count = np.full(len(truth), -1, np.int64), 0
        for label in np.unique(truth[truth != list(self.families).index(BENIGN)]):
            rows = np.flatnonzero(truth == label)
            distinct = len(np.unique(matrix[rows[:_MOST]], axis=0))
            model = MiniBatchKMeans(
                min(self.clusters, distinct), random_state=self.seed, n_init=1
            ).fit(matrix[generator.permutation(rows)[:_MOST]])
            kind[rows] = model.predict(matrix[rows]) + count
            count += self.clusters
        return kind

    def _left_out(
        self, flows: FlowBatch, families: NDArray[Any], truth: NDArray[np.int64],
        kind: NDArray[np.int64], generator: np.random.Generator,
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:  # fmt: skip
        """What members say of rows, and of clusters, that they had not learned: with the truth
        and what each counts."""
        row_fold = dealt(truth, self.folds, generator)
        kinds = generator.permutation(np.unique(kind[kind >= 0]))
        kind_fold = np.full(int(kind.max()) + 2, -1)
        kind_fold[kinds] = np.arange(len(kinds)) % self.folds
        new_in = np.where(kind >= 0, kind_fold[kind], -1)
        said, told, weight = [], [], []
        for fold in range(self.folds):
            taught = np.flatnonzero((row_fold != fold) & (new_in != fold))
            if (families[taught] == BENIGN).all():
                continue
            tried = np.flatnonzero((row_fold == fold) | (new_in == fold))
            # A cluster counts once where it is new and once where it is known, in every fold.
            part = kind[tried] * 2 + (new_in[tried] == fold)
            rows = [generator.permutation(tried[part == p])[:_MOST] for p in np.unique(part)]
            attacks = len(rows) - 1
            for mine in rows:
                share = self.benign if kind[mine[0]] < 0 else (1 - self.benign) / attacks
                weight.append(np.full(len(mine), share / len(mine)))
            chosen = np.concatenate(rows)
            members = self._taught(flows.take(taught), families[taught])
            said.append(self._said(members, flows.take(chosen)))
            told.append(truth[chosen])
        return np.concatenate(said), np.concatenate(told), np.concatenate(weight)

    def _learned(
        self, said: NDArray[np.float64], told: NDArray[np.int64], weight: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float64]]:
        """The second model: multinomial logistic regression."""
        from sklearn.linear_model import LogisticRegression

        centre, spread = said.mean(axis=0), np.maximum(said.std(axis=0), 1e-3)
        model = LogisticRegression(max_iter=500).fit(
            (said - centre) / spread, told, sample_weight=weight / weight.mean()
        )
        weights, begin = model.coef_, model.intercept_
        if len(weights) == 1:  # of two classes, the logit of the second
            weights, begin = (np.concatenate([np.zeros_like(a), a]) for a in (weights, begin))
        return {"centre": centre, "spread": spread, "begin": begin, "weights": weights.T.copy()}
