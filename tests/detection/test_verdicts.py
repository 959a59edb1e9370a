"""Verdicts of single flows."""

import numpy as np
import pytest

from netad_pcap.detection import VERDICTS, judge

FAMILIES = ("benign", "scan", "dos")


@pytest.mark.parametrize(
    ("p", "probabilities", "verdict", "family"),
    [
        (0.5, [0.9, 0.1, 0.0], "benign", -1),
        (0.011, [0.1, 0.9, 0.0], "benign", 1),
        (0.01, [0.1, 0.9, 0.0], "malicious", 1),
        (0.001, [0.4, 0.1, 0.5], "malicious", 2),
        (0.001, [0.9, 0.1, 0.0], "suspicious", -1),
        (0.001, [0.2, 0.4, 0.4], "suspicious", -1),
    ],
)
def test_verdict(p: float, probabilities: list[float], verdict: str, family: int) -> None:
    verdicts = judge(
        np.array([[1.0]]), np.array([1.0]), np.array([p]), FAMILIES, np.array([probabilities]), 0.01
    )
    assert VERDICTS[verdicts.verdict[0]] == verdict
    assert verdicts.family[0] == family


def test_without_families_nothing_is_malicious() -> None:
    n = 3
    verdicts = judge(np.ones((n, 1)), np.ones(n), np.zeros(n), (), np.empty((n, 0)), 0.01)
    assert [VERDICTS[v] for v in verdicts.verdict] == ["suspicious"] * 3


def test_detector_is_the_one_that_was_surprised_most() -> None:
    surprise = np.array([[1.0, 3.0], [2.0, 0.5]])
    verdicts = judge(surprise, np.ones(2), np.ones(2), (), np.empty((2, 0)), 0.01)
    assert verdicts.detector.tolist() == [1, 0]


def test_no_flow() -> None:
    verdicts = judge(np.empty((0, 2)), np.empty(0), np.empty(0), FAMILIES, np.empty((0, 3)), 0.01)
    assert len(verdicts.verdict) == len(verdicts.family) == len(verdicts.detector) == 0
