"""Stacking believes autoencoders where classifiers never saw the like."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from netad_detectors.classical.random_forest import RandomForest
from netad_detectors.classifiers.stacked import Stacked
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch

FAMILIES = ("benign", "dos", "scan")
COLUMNS = {f"c{i}": 0 for i in range(6)}


def flows(kinds: list[int], seed: int) -> tuple[FlowBatch, NDArray[Any]]:
    """Benign flows (0), and attacks (1, 2, …) that are far out in one column of their own."""
    random = np.random.default_rng(seed)
    kind = np.repeat(kinds, 150)
    values = random.normal(3.0, 0.3, (len(kind), len(COLUMNS)))
    for number in set(kinds) - {0}:
        values[kind == number, number - 1] += 4.0
    features = {name: np.expm1(values[:, i]) for i, name in enumerate(COLUMNS)}
    names = np.array(["benign", "dos", "dos", "scan", "scan", "scan", "scan"], object)
    return FlowBatch(None, features), names[kind]


@pytest.fixture(scope="module")
def stacked() -> Stacked:
    learned, families = flows([0, 0, 0, 1, 2, 3, 4], 1)
    given: dict[str, Any] = {"trees": 10, "rounds": 5, "epochs": 15, "clusters": 2}
    return Stacked(families=FAMILIES, columns=COLUMNS, **given).fit(learned, families)


def test_an_attack_of_a_new_kind_is_no_benign_flow(stacked: Stacked) -> None:
    new, _ = flows([5, 6], 2)
    usual, _ = flows([0, 0], 3)
    learned, families = flows([0, 0, 0, 1, 2, 3, 4], 1)
    forest = RandomForest(families=FAMILIES, columns=COLUMNS, trees=10).fit(learned, families)
    limit = np.quantile(stacked.score(usual).novelty, 0.99)
    alone = np.quantile(forest.score(usual).novelty, 0.99)
    assert (stacked.score(new).novelty > limit).mean() > 0.9
    assert (forest.score(new).novelty > alone).mean() < 0.5


def test_known_kinds_keep_their_names(stacked: Stacked) -> None:
    known, families = flows([0, 1, 2, 3, 4], 4)
    scores = stacked.score(known)
    assert scores.probabilities is not None
    called = np.array(FAMILIES, object)[scores.probabilities.argmax(axis=1)]
    assert (called == families).mean() > 0.95


def _few(benign: int, attack: int) -> tuple[FlowBatch, NDArray[Any]]:
    whole, families = flows([0, 1], 6)
    rows = np.concatenate([np.arange(benign), 150 + np.arange(attack)])
    return whole.take(rows), families[rows]


@pytest.mark.parametrize(("benign", "attack"), [(2, 12), (2, 3), (40, 2)])
def test_few_flows_are_learned(benign: int, attack: int) -> None:
    """Some folds then try no benign flow, or no attack."""
    given: dict[str, Any] = {"trees": 3, "rounds": 2, "epochs": 1, "clusters": 2}
    learned, families = _few(benign, attack)
    fitted = Stacked(families=FAMILIES, columns=COLUMNS, **given).fit(learned, families)
    assert np.isfinite(fitted.score(learned).novelty).all()


@pytest.mark.parametrize(("benign", "attack"), [(20, 1), (1, 12)])
def test_too_few_flows_are_said(benign: int, attack: int) -> None:
    learned, families = _few(benign, attack)
    detector = Stacked(families=FAMILIES, columns=COLUMNS, trees=3, rounds=2, epochs=1)
    with pytest.raises(ValueError, match=r"stacked has too few flows of \w+ to leave some out"):
        detector.fit(learned, families)


def test_arrays_of_a_wrong_shape_are_refused(stacked: Stacked) -> None:
    arrays = stacked.to_arrays()
    given: dict[str, Any] = {"families": FAMILIES, "columns": COLUMNS, "trees": 10, "rounds": 5}
    again = Stacked.from_arrays(arrays, **given)
    usual, _ = flows([0], 3)
    np.testing.assert_array_equal(again.score(usual).novelty, stacked.score(usual).novelty)
    for name in ("second.weights", "second.centre", "forest.trees.roots"):
        with pytest.raises(ValueError, match=name.rpartition(".")[2]):
            Stacked.from_arrays({**arrays, name: arrays[name][:-1]}, **given)
