from __future__ import annotations

from typing import Any

import numpy as np
from netad_detectors.smote import oversample
from numpy.typing import NDArray


def _sample() -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    generator = np.random.default_rng(0)
    sequences = generator.random((30, 2, 3)).astype(np.float32)
    sequences[:, :, -1] = 1.0
    truth = np.array([0] * 24 + [1] * 5 + [2], np.int64)
    return sequences, truth, generator.random(30)


def test_rare_classes_are_filled_up_and_single_flows_are_not() -> None:
    _, truth, _ = oversample(*_sample(), 12, np.random.default_rng(0))
    assert np.bincount(truth).tolist() == [24, 12, 1]


def test_a_class_keeps_its_weight() -> None:
    _, before, weight = _sample()
    _, after, shared = oversample(*_sample(), 12, np.random.default_rng(0))
    np.testing.assert_allclose(np.bincount(after, shared), np.bincount(before, weight))


def test_new_sequences_lie_between_those_of_their_class() -> None:
    sequences, truth, _ = _sample()
    made, labels, _ = oversample(*_sample(), 12, np.random.default_rng(0))
    rare = sequences[truth == 1]
    new = made[len(sequences) :]
    assert (labels[len(sequences) :] == 1).all()
    assert (new >= rare.min(axis=0) - 1e-6).all()
    assert (new <= rare.max(axis=0) + 1e-6).all()


def test_the_given_flows_stay_as_they_are() -> None:
    sequences, _, weight = _sample()
    before = weight.copy()
    made, _, _ = oversample(*_sample()[:2], weight, 12, np.random.default_rng(0))
    np.testing.assert_array_equal(made[: len(sequences)], sequences)
    np.testing.assert_array_equal(weight, before)


def test_no_step_is_half_there_and_symbols_are_not_mixed() -> None:
    """Windows of two and of four flows have no window between them, nor has a service."""
    generator = np.random.default_rng(1)
    sequences = generator.random((20, 4, 5)).astype(np.float32)
    sequences[:, :, 2:4] = np.eye(2)[generator.integers(2, size=(20, 4))]
    sequences[:, :, 4] = 1.0
    sequences[:10, :2] = 0.0
    sequences[0, :3] = 0.0  # the only window of one flow: nothing is near it
    truth = np.zeros(20, np.int64)
    made, _, weight = oversample(
        sequences, truth, np.ones(20), 200, np.random.default_rng(0), numbers=2
    )
    new = made[20:]
    assert set(np.unique(new[:, :, 2:])) == {0.0, 1.0}
    there = new[:, :, 4].sum(axis=1)
    assert set(there.tolist()) == {2.0, 4.0}
    assert (new[new[:, :, 4] == 0] == 0).all()
    assert weight[0] == 1.0
    assert len(np.unique(new[:, :, 0])) > 100


def test_windows_that_no_other_is_like_are_left_alone() -> None:
    sequences = np.zeros((3, 3, 2), np.float32)
    for row in range(3):
        sequences[row, row:, -1] = 1.0
    made, _, _ = oversample(
        sequences, np.zeros(3, np.int64), np.ones(3), 50, np.random.default_rng(0)
    )
    assert len(made) == 3
