from __future__ import annotations

from typing import Any

import numpy as np
from netad_detectors.smote import oversample
from numpy.typing import NDArray


def _sample() -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    generator = np.random.default_rng(0)
    sequences = generator.random((30, 2, 3)).astype(np.float32)
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
