from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from netad_detectors.classifiers.attention_lstm import AttentionLSTM
from netad_detectors.preprocessing import COLUMNS

from netad_pcap.context.history import FlowHistory
from netad_pcap.detection import check_scores
from netad_pcap.flows import FlowBatch
from tests.plugins.netad_detectors.synthetic import LENGTH, flows, mixed, with_history

SMALL: dict[str, Any] = {
    "length": LENGTH,
    "hidden": 16,
    "smote_rows": 40,
    "learning_rate": 0.02,
}


@pytest.fixture(scope="module")
def fitted() -> AttentionLSTM:
    return AttentionLSTM(**SMALL, epochs=15).fit(*mixed(300, 60))


def test_scans_are_told_from_benign_flows(fitted: AttentionLSTM) -> None:
    batch, families = mixed(40, 40, seed=9)
    scores = fitted.score(batch)
    assert scores.probabilities is not None
    named = np.array(scores.families, object)[scores.probabilities.argmax(axis=1)]
    assert (named == families).mean() > 0.9
    ordinary, scans = (scores.novelty[families == name] for name in ("benign", "scan"))
    assert np.quantile(ordinary, 0.9) < np.quantile(scans, 0.1)


def test_novelty_is_minus_log_of_the_probability_of_benign(fitted: AttentionLSTM) -> None:
    batch, _ = mixed(10, 10)
    scores = fitted.score(batch)
    assert scores.probabilities is not None
    benign = scores.probabilities[:, scores.families.index("benign")]
    np.testing.assert_allclose(scores.novelty, -np.log(benign), rtol=1e-9, atol=1e-12)


def test_a_family_never_seen_has_no_probability(fitted: AttentionLSTM) -> None:
    batch, _ = mixed(5, 5)
    scores = fitted.score(batch)
    assert scores.probabilities is not None
    assert (scores.probabilities[:, scores.families.index("ddos")] == 0).all()


def test_the_flows_before_count() -> None:
    # Equal flows; only what their source did before differs.
    network = AttentionLSTM(**SMALL, epochs=1).fit(*mixed(100, 20))
    batch, _ = mixed(40, 0)
    assert batch.history is not None
    alone = replace(batch, history=np.where(np.arange(LENGTH) == LENGTH - 1, batch.history, -1))
    assert (network.score(batch).novelty != network.score(alone).novelty).any()


@pytest.mark.parametrize("cuts", [(1, 2), (7, 900), (512, 513)])
def test_cutting_batches_anywhere_changes_no_bit(
    fitted: AttentionLSTM, cuts: tuple[int, int]
) -> None:
    whole = flows(1_100, seed=4)
    expected = fitted.score(with_history(whole)).novelty
    past = FlowHistory(LENGTH, COLUMNS)
    found = [
        fitted.score(past.attach(whole.take(slice(a, b)))).novelty
        for a, b in zip((0, *cuts), (*cuts, len(whole)), strict=True)
    ]
    np.testing.assert_array_equal(np.concatenate(found), expected)


def test_saved_and_loaded_scores_are_equal(fitted: AttentionLSTM) -> None:
    batch, _ = mixed(30, 10)
    loaded = AttentionLSTM.from_arrays(fitted.to_arrays(), **SMALL, epochs=15)
    np.testing.assert_array_equal(loaded.score(batch).novelty, fitted.score(batch).novelty)


def test_the_same_seed_gives_the_same_weights() -> None:
    first, second, other = (
        AttentionLSTM(**SMALL, epochs=1, seed=seed).fit(*mixed(60, 10)).to_arrays()
        for seed in (3, 3, 4)
    )
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])
    assert any((array != other[name]).any() for name, array in first.items())


def test_carried_flows_are_pointed_at_and_never_learned_from() -> None:
    batch, families = mixed(60, 20)
    assert batch.history is not None
    n, extra = len(batch), 15
    strange = batch.take(np.r_[0:extra, 0:n])
    history = np.full((n + extra, LENGTH), -1, np.int32)
    history[:extra, -1] = np.arange(extra)
    history[extra:] = np.where(batch.history >= 0, batch.history + extra, -1)
    strange = replace(strange, history=history, carried=extra)
    plain = AttentionLSTM(**SMALL, epochs=1).fit(batch, families).to_arrays()
    behind = AttentionLSTM(**SMALL, epochs=1).fit(strange, families).to_arrays()
    for name, array in plain.items():
        np.testing.assert_array_equal(array, behind[name])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
def test_any_number_gives_finite_scores(fitted: AttentionLSTM, value: float) -> None:
    batch = replace(flows(6), features={name: np.full(6, value) for name in COLUMNS})
    check_scores(fitted.score(with_history(batch)), 6, "lstm")


def test_no_flow_gives_no_score(fitted: AttentionLSTM) -> None:
    empty = replace(flows(0), history=np.empty((0, LENGTH), np.int32))
    check_scores(fitted.score(empty), 0, "lstm")


def test_only_carried_flows_give_no_score(fitted: AttentionLSTM) -> None:
    batch, _ = mixed(3, 0)
    check_scores(fitted.score(replace(batch, carried=3)), 0, "lstm")


def test_without_history_it_says_what_is_missing(fitted: AttentionLSTM) -> None:
    with pytest.raises(ValueError, match="history"):
        fitted.score(FlowBatch(profile="cic-fixed", features=flows(3).features))


def test_what_cannot_be_learned_is_refused() -> None:
    batch, _ = mixed(10, 0)
    with pytest.raises(ValueError, match="benign"):
        AttentionLSTM(**SMALL).fit(batch, np.full(10, "scan", object))
    with pytest.raises(ValueError, match="tells families apart, and all flows are benign"):
        AttentionLSTM(**SMALL).fit(batch, None)
    with pytest.raises(ValueError, match="no family 'magic'"):
        AttentionLSTM(**SMALL).fit(batch, np.array(["benign"] * 9 + ["magic"], object))
    with pytest.raises(ValueError, match="benign"):
        AttentionLSTM(families=("scan",))


def test_contributions_point_where_a_scan_differs(fitted: AttentionLSTM) -> None:
    batch, families = mixed(40, 40, seed=9)
    rows = np.flatnonzero(families == "scan")
    benign = {n: float(np.median(batch.column(n)[families == "benign"])) for n in COLUMNS}
    told = fitted.explain(batch, rows, benign)
    assert set(told) == set(COLUMNS)
    # Together they speak for what the novelty says: these flows are stranger than usual ones.
    total = np.column_stack([*told.values()]).sum(axis=1)
    assert (total > 0).mean() > 0.9


def test_what_has_its_usual_value_contributes_nothing(fitted: AttentionLSTM) -> None:
    batch, families = mixed(40, 40, seed=9)
    rows = np.flatnonzero(families == "scan")[-1:]
    name = "Tot Fwd Pkts"
    value = float(batch.column(name)[rows[0]])
    # The flow and those before it: all alike in this column.
    alike = replace(batch, features={**batch.features, name: np.full(len(batch), value)})
    other = fitted.explain(alike, rows, {name: 100 * value + 100})
    assert fitted.explain(alike, rows, {name: value})[name] == 0
    assert other[name] != 0
