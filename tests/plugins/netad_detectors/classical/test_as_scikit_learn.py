"""What is scored from plain arrays is what scikit-learn's own fitted models say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from netad_detectors.classical.decision_tree import DecisionTree
from netad_detectors.classical.extra_trees import ExtraTrees
from netad_detectors.classical.gradient_boosting import GradientBoosting
from netad_detectors.classical.isolation_forest import IsolationForest
from netad_detectors.classical.knn import KNN
from netad_detectors.classical.naive_bayes import NaiveBayes
from netad_detectors.classical.one_class_svm import OneClassSVM
from netad_detectors.classical.principal_components import PrincipalComponents
from netad_detectors.classical.random_forest import RandomForest
from netad_detectors.classical.svm import SVM
from netad_detectors.preprocessing import Scaling
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.ensemble import IsolationForest as Forest
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from sklearn.svm import OneClassSVM as Machine
from sklearn.tree import DecisionTreeClassifier

from netad_pcap.flows import FlowBatch
from netad_pcap.testing import make_flows

FAMILIES = ("benign", "dos", "scan")


def blurred(seed: int, attacks: tuple[str, ...] = FAMILIES[1:]) -> tuple[FlowBatch, NDArray[Any]]:
    """Flows and families, some of which are named wrongly: no method finds it easy."""
    flows = make_flows(400, seed, attacks=attacks, attack_share=0.5)
    families = flows.text["family"].copy()
    wrong = np.random.default_rng(seed).random(len(families)) < 0.15
    families[wrong] = np.random.default_rng(seed + 1).permutation(families[wrong])
    return flows, families


def cells(detector: Any, flows: FlowBatch) -> NDArray[np.float32]:
    scaling = detector._scaling
    assert isinstance(scaling, Scaling)
    return scaling(flows)


@pytest.mark.parametrize("attacks", [("scan",), ("dos", "scan")])
@pytest.mark.parametrize(
    ("detector", "model"),
    [
        (DecisionTree(families=FAMILIES, seed=3), DecisionTreeClassifier(random_state=3)),
        (
            RandomForest(families=FAMILIES, trees=7, seed=3),
            RandomForestClassifier(7, random_state=3),
        ),
        (
            ExtraTrees(families=FAMILIES, trees=7, seed=3),
            ExtraTreesClassifier(7, random_state=3),
        ),
        (
            GradientBoosting(families=FAMILIES, rounds=5, least_rows=10, seed=3),
            HistGradientBoostingClassifier(
                max_iter=5, learning_rate=0.05, min_samples_leaf=10, l2_regularization=1.0,
                early_stopping=False, random_state=3,
            ),
        ),
        (NaiveBayes(families=FAMILIES), GaussianNB()),
        (KNN(families=FAMILIES), KNeighborsClassifier(5)),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_probabilities_are_the_same(detector: Any, model: Any, attacks: tuple[str, ...]) -> None:
    flows, families = blurred(1, attacks)
    other, _ = blurred(2)
    detector.fit(flows, families)
    # Forests draw otherwise where weights are given, equal ones too.
    weights = {} if isinstance(model, KNeighborsClassifier) else {"sample_weight": np.ones(400)}
    model.fit(cells(detector, flows).astype(np.float64), families, **weights)
    expected = model.predict_proba(cells(detector, other).astype(np.float64))
    found = detector.score(other).probabilities
    known = [FAMILIES.index(name) for name in model.classes_]
    np.testing.assert_allclose(found[:, known], expected, rtol=1e-9, atol=1e-12)
    assert 0.2 < expected[:, 0].mean() < 0.8


@pytest.mark.parametrize("attacks", [("scan",), ("dos", "scan")])
def test_svm_votes_are_the_same(attacks: tuple[str, ...]) -> None:
    flows, families = blurred(1, attacks)
    other, _ = blurred(2)
    detector = SVM(families=FAMILIES).fit(flows, families)
    matrix = cells(detector, flows).astype(np.float64)
    gamma = 1 / (matrix.shape[1] * cells(detector, flows).var())
    model = SVC(gamma=float(gamma)).fit(matrix, families)
    found = detector.score(other)
    assert found.probabilities is not None
    named = np.array(FAMILIES, object)[found.probabilities.argmax(axis=1)]
    np.testing.assert_array_equal(named, model.predict(cells(detector, other).astype(np.float64)))
    if len(attacks) == 2:
        decision = model.decision_function(cells(detector, other).astype(np.float64))
        powers = np.exp(decision)
        np.testing.assert_allclose(
            found.probabilities, powers / powers.sum(axis=1, keepdims=True), rtol=1e-6
        )


@pytest.mark.parametrize("rows", [64, 4_000])
def test_isolation_scores_are_the_same(rows: int) -> None:
    flows, other = make_flows(300, 1), make_flows(100, 2, attacks=("scan",), attack_share=0.5)
    detector = IsolationForest(trees=20, rows=rows, seed=5).fit(flows)
    scaling = detector._scaling
    assert scaling is not None
    given = [scaling(batch)[:, : scaling.cells] for batch in (flows, other)]
    model = Forest(n_estimators=20, max_samples=min(rows, 300), random_state=5).fit(given[0])
    np.testing.assert_allclose(
        detector.score(other).novelty, -model.score_samples(given[1]), rtol=1e-9
    )


def test_the_surface_of_one_class_is_the_same() -> None:
    flows, other = make_flows(300, 1), make_flows(100, 2, attacks=("scan",), attack_share=0.5)
    detector = OneClassSVM(outside=0.1).fit(flows)
    usual, strange = (cells(detector, batch).astype(np.float64) for batch in (flows, other))
    count = detector._scaling.cells if detector._scaling else 0
    gamma = float(1 / (count * usual[:, :count].var()))
    model = Machine(nu=0.1, gamma=gamma).fit(usual)
    np.testing.assert_allclose(
        detector.score(other).novelty, -model.decision_function(strange), rtol=1e-4, atol=1e-6
    )


def test_one_class_learns_so_many_rows_with_weight() -> None:
    flows = make_flows(300, 1)
    weight = np.r_[np.zeros(200), np.ones(100)]
    found = OneClassSVM(outside=0.99, rows=50).fit(replace(flows, weight=weight)).to_arrays()
    assert len(found["vectors"]) == 50  # of so large a ν every flow is a support vector
    heavy = cells(OneClassSVM().fit(replace(flows, weight=weight)), flows.take(np.arange(200, 300)))
    far = np.abs(found["vectors"][:, None] - heavy.astype(np.float64)).max(axis=2)
    assert (far.min(axis=1) == 0).all()


def test_components_rebuild_the_same() -> None:
    flows, other = make_flows(300, 1), make_flows(100, 2, attacks=("scan",), attack_share=0.5)
    detector = PrincipalComponents(share=0.9).fit(flows)
    usual, strange = (cells(detector, batch).astype(np.float64) for batch in (flows, other))
    model = PCA(n_components=0.9, svd_solver="full").fit(usual)
    rebuilt = model.inverse_transform(model.transform(strange))
    count = detector._scaling.cells if detector._scaling else 0
    expected = ((rebuilt - strange) ** 2).sum(axis=1) / count
    scores = detector.score(other)
    np.testing.assert_allclose(scores.novelty, expected, rtol=1e-6)
    total = np.sum(list(scores.contributions.values()), axis=0)
    np.testing.assert_allclose(total, scores.novelty, rtol=1e-9)


def test_a_neighbour_beyond_k_equal_ones_is_not_kept() -> None:
    flows, families = blurred(1)
    twice = flows.take(np.r_[np.zeros(9, np.int64), np.arange(len(flows))])
    detector = KNN(families=FAMILIES).fit(twice, families[np.r_[np.zeros(9, int), 0:400]])
    assert len(detector.to_arrays()["flows"]) == 399 + 5


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("trees.left", lambda a: np.zeros_like(a)),
        ("trees.right", lambda a: np.full_like(a, 10**6)),
        ("trees.feature", lambda a: np.where(a >= 0, 10**6, a)),
        ("trees.value", lambda a: np.full_like(a, np.nan)),
        ("trees.roots", lambda a: a - 1),
        ("trees.roots", lambda a: a[:-1]),
        ("known", lambda a: np.zeros_like(a)),
    ],
)
def test_a_strangers_trees_are_refused(name: str, change: Any) -> None:
    flows, families = blurred(1)
    parameters: dict[str, Any] = {"families": FAMILIES, "trees": 3}
    arrays = RandomForest(**parameters).fit(flows, families).to_arrays()
    RandomForest.from_arrays(arrays, **parameters)
    with pytest.raises(ValueError):  # noqa: PT011 - each says another thing
        RandomForest.from_arrays({**arrays, name: change(arrays[name])}, **parameters)
