"""Scores are held against the contract."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from netad_pcap.detection import Detector, Scores, check_scores
from netad_pcap.errors import ModelError
from tests.detection.examples import SizeDetector


def scores(**changes: Any) -> Scores:
    good: dict[str, Any] = {
        "novelty": np.array([0.5, 2.0]),
        "families": ("benign", "scan"),
        "probabilities": np.array([[0.9, 0.1], [0.25, 0.75]]),
        "contributions": {"Flow Duration": np.array([0.1, 0.2])},
    }
    return Scores(**{**good, **changes})


def test_good_scores_pass() -> None:
    check_scores(scores(), 2, "autoencoder")
    check_scores(Scores(np.empty(0)), 0, "autoencoder")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"novelty": np.array([1.0])}, r"novelty has shape \(1,\) where \(2,\) is due"),
        ({"novelty": np.array([1.0, np.nan])}, "novelty is not finite in row 1"),
        ({"novelty": np.array([1, 2])}, "novelty must be a float64 array, not int64"),
        ({"novelty": [1.0, 2.0]}, "novelty must be a float64 array, not list"),
        ({"probabilities": None}, "families without probabilities"),
        ({"families": ("benign", "gremlins")}, "'gremlins' is not one that can be named"),
        ({"families": ("benign", "anomaly")}, "'anomaly' is not one that can be named"),
        ({"families": ("dos", "scan")}, "benign is not among them"),
        ({"families": ("benign", "benign")}, "named twice"),
        ({"probabilities": np.array([[0.9, 0.2], [0.5, 0.5]])}, "do not sum to 1"),
        ({"probabilities": np.array([[1.2, -0.2], [0.5, 0.5]])}, "do not sum to 1"),
        ({"probabilities": np.ones((2, 1))}, r"probabilities has shape \(2, 1\)"),
        ({"contributions": {"x": np.array([np.inf, 0])}}, "contributions of 'x' is not finite"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelError, match=f"detector autoencoder broke its contract: .*{words}"):
        check_scores(scores(**changes), 2, "autoencoder")


@pytest.mark.parametrize("returned", [None, np.zeros(2), lambda: None])
def test_something_else_than_scores(returned: Callable[[], None] | None) -> None:
    with pytest.raises(ModelError, match="not Scores"):
        check_scores(returned, 2, "autoencoder")


def test_whatever_has_the_members_is_a_detector() -> None:
    assert isinstance(SizeDetector(), Detector)
    assert not isinstance(object(), Detector)
