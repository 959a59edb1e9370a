from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from netad_detectors.autoencoders.deep import Autoencoder
from netad_detectors.preprocessing import COLUMNS

from netad_pcap.detection import check_scores
from netad_pcap.flows import FlowBatch
from tests.plugins.netad_detectors.synthetic import flows, mixed


@pytest.fixture(scope="module")
def fitted() -> Autoencoder:
    return Autoencoder(epochs=8).fit(flows(400))


def test_unlike_flows_score_higher(fitted: Autoencoder) -> None:
    ordinary = fitted.score(flows(50, seed=1)).novelty
    strange = fitted.score(flows(50, attack=True)).novelty
    assert np.quantile(ordinary, 0.9) < np.quantile(strange, 0.1)


def test_contributions_sum_to_the_score(fitted: Autoencoder) -> None:
    scores = fitted.score(flows(20, seed=1))
    assert set(scores.contributions) == set(COLUMNS)
    total = np.sum(list(scores.contributions.values()), axis=0)
    np.testing.assert_allclose(total, scores.novelty, rtol=1e-12)


def test_it_is_explained_by_what_the_error_would_be_without_a_column(fitted: Autoencoder) -> None:
    ordinary = flows(30, seed=1)
    usual = {name: float(np.median(ordinary.column(name))) for name in COLUMNS}
    name = "Tot Fwd Pkts"
    strange = replace(ordinary, features={**ordinary.features, name: np.full(30, 1e6)}, carried=10)
    told = fitted.explain(strange, np.array([3, 17]), usual)
    put_back = replace(strange, features={**strange.features, name: np.full(30, usual[name])})
    fall = fitted.score(strange).novelty - fitted.score(put_back).novelty
    np.testing.assert_array_equal(told[name], fall[[3, 17]])
    for row in range(2):
        assert max(told, key=lambda column: told[column][row]) == name
        assert sum(column[row] > 0 for column in told.values()) <= 12
    assert all((column >= 0).all() for column in told.values())


def test_a_column_without_a_usual_value_is_not_told_of(fitted: Autoencoder) -> None:
    batch = flows(3, attack=True)
    assert set(fitted.explain(batch, np.arange(3), {"Tot Fwd Pkts": 2.0})) == {"Tot Fwd Pkts"}
    assert fitted.explain(batch, np.arange(3), {}) == {}


def test_it_learns_from_benign_flows_alone_and_not_from_carried_ones() -> None:
    batch, families = mixed(60, 20)
    alone = Autoencoder(epochs=1).fit(batch.take(np.arange(60)))
    among = Autoencoder(epochs=1).fit(batch, families)
    behind = Autoencoder(epochs=1).fit(
        replace(batch.take(np.r_[60:80, 0:60]), carried=20), families[:60]
    )
    for other in (among, behind):
        for name, array in alone.to_arrays().items():
            np.testing.assert_array_equal(array, other.to_arrays()[name])


def test_a_flow_of_weight_0_is_not_learned_from() -> None:
    ordinary = flows(60)
    strange, _ = mixed(60, 20)
    weight = np.r_[np.ones(60), np.zeros(20)]
    with_weight = Autoencoder(epochs=1).fit(replace(strange, weight=weight)).to_arrays()
    np.testing.assert_allclose(
        with_weight["mean"], Autoencoder(epochs=1).fit(ordinary).to_arrays()["mean"]
    )


def test_the_same_seed_gives_the_same_weights() -> None:
    first, second, other = (
        Autoencoder(epochs=1, seed=seed).fit(flows(100)).to_arrays() for seed in (3, 3, 4)
    )
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])
    assert any((array != other[name]).any() for name, array in first.items())


def test_saved_and_loaded_and_cut_scores_are_equal(fitted: Autoencoder) -> None:
    batch = flows(1_500, seed=2)
    expected = fitted.score(batch).novelty
    loaded = Autoencoder.from_arrays(fitted.to_arrays(), epochs=8)
    np.testing.assert_array_equal(loaded.score(batch).novelty, expected)
    pieces = [
        fitted.score(batch.take(slice(a, b))).novelty for a, b in ((0, 1), (1, 700), (700, 1_500))
    ]
    np.testing.assert_array_equal(np.concatenate(pieces), expected)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300, -1e300])
def test_any_number_gives_a_finite_score(fitted: Autoencoder, value: float) -> None:
    batch = flows(3)
    strange = replace(batch, features={name: np.full(3, value) for name in COLUMNS})
    check_scores(fitted.score(strange), 3, "autoencoder")


def test_no_flow_gives_no_score(fitted: Autoencoder) -> None:
    check_scores(fitted.score(flows(0)), 0, "autoencoder")


def test_arrays_of_a_wrong_shape_are_refused(fitted: Autoencoder) -> None:
    arrays = fitted.to_arrays()
    with pytest.raises(ValueError, match="shape"):
        Autoencoder.from_arrays(arrays, hidden=32)
    with pytest.raises(ValueError, match="mean"):
        Autoencoder.from_arrays({n: a for n, a in arrays.items() if n != "mean"})


def test_without_benign_flows_there_is_nothing_to_learn() -> None:
    with pytest.raises(ValueError, match="benign"):
        Autoencoder().fit(flows(5), np.full(5, "scan", object))


def test_nothing_that_says_who_or_when_is_read() -> None:
    identity = {"Flow ID", "Src IP", "Dst IP", "Src Port", "Dst Port", "Protocol", "Timestamp"}
    assert not identity & set(Autoencoder().needs.columns)


def test_missing_columns_are_named(fitted: Autoencoder) -> None:
    batch = flows(3)
    features = {name: c for name, c in batch.features.items() if name != "Tot Fwd Pkts"}
    lacking = FlowBatch(profile="cic-fixed", features=features)
    with pytest.raises(KeyError, match="Tot Fwd Pkts"):
        fitted.score(lacking)
