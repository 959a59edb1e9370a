"""Areas, thresholds and curves, weighted."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from netad_pcap.training.curves import (
    average_precision,
    precision_recall_curve,
    roc_curve,
    weighted_auc,
    weighted_threshold,
)


def _drawn(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores with ties, which are attacks, weights."""
    random = np.random.default_rng(seed)
    score = random.integers(0, 30, 300).astype(float)
    return score, random.random(300) < score / 60, random.random(300)


@pytest.mark.parametrize("seed", range(5))
def test_areas_are_scikit_learn_s(seed: int) -> None:
    score, attack, weight = _drawn(seed)
    expected = average_precision_score(attack, score, sample_weight=weight)
    assert average_precision(score, attack, weight) == pytest.approx(expected)
    area = weighted_auc(score[attack], score[~attack], weight[~attack], weight[attack])
    assert area == pytest.approx(roc_auc_score(attack, score, sample_weight=weight))


def test_areas_without_one_of_both_are_none() -> None:
    score = np.arange(3.0)
    assert np.isnan(average_precision(score, np.ones(3, bool), np.ones(3)))
    assert np.isnan(average_precision(score, np.zeros(3, bool), np.ones(3)))
    assert np.isnan(average_precision(np.empty(0), np.empty(0, bool), np.empty(0)))
    assert np.isnan(weighted_auc(score, np.empty(0), np.empty(0)))


def test_curves_are_thin_and_end_where_they_must() -> None:
    score, attack, weight = _drawn(1)
    roc = roc_curve(score, attack, weight)
    assert (roc[0], roc[-1]) == ((0.0, 0.0), (1.0, 1.0))
    assert len(roc) <= 201
    x, y = np.array(roc).T
    assert (np.diff(x) >= 0).all()
    assert (np.diff(y) >= 0).all()
    assert precision_recall_curve(score, attack, weight)[-1][0] == 1.0


def test_auc_counts_ties_one_half_and_heeds_weights() -> None:
    attack, benign = np.array([1.0, 3.0]), np.array([0.0, 1.0, 2.0])
    assert weighted_auc(attack, benign, np.ones(3)) == pytest.approx((1.5 / 3 + 1) / 2)
    assert weighted_auc(attack, benign, np.array([1.0, 0.0, 0.0])) == 1.0


def test_the_threshold_is_the_smallest_score_that_few_enough_exceed() -> None:
    score = np.arange(100.0)
    assert weighted_threshold(score, np.ones(100), 0.01) == 98.0
    assert weighted_threshold(score, np.ones(100), 0.0) == 99.0
    tied = np.array([0.0] * 90 + [5.0] * 10)
    assert weighted_threshold(tied, np.ones(100), 0.05) == 5.0
    heavy = np.ones(100)
    heavy[99] = 100.0
    assert weighted_threshold(score, heavy, 0.4) == 99.0
