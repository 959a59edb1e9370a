"""Thresholds from labels: the best F1, and the largest recall minus false-alarm rate.

van Rijsbergen, Information Retrieval, 1979; Youden, Index for Rating Diagnostic Tests, Cancer 3,
1950. What they promise holds for the labelled flows; on others it is to be measured.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection.thresholds.sample import Sample
from netad_pcap.errors import ModelError

__all__ = ["best_f1", "best_youden"]

_LEAST_FLOWS = 20


def best_f1(benign: Sample, attacks: Sample | None) -> float:
    """The score above which F1 is largest; of equals the highest.

    Raises:
        ModelError: too few flows of either class.
    """
    scores, found, alarms = _counts("f1", benign, attacks)
    assert attacks is not None
    return _best(scores, 2.0 * found / (found + alarms + attacks.flows))


def best_youden(benign: Sample, attacks: Sample | None) -> float:
    """The score above which recall − false-alarm rate is largest; of equals the highest.

    Raises:
        ModelError: too few flows of either class.
    """
    scores, found, alarms = _counts("youden", benign, attacks)
    assert attacks is not None
    return _best(scores, found / attacks.flows - alarms / benign.flows)


def _counts(
    rule: str, benign: Sample, attacks: Sample | None
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Every score that a threshold may be, and the weight of attack and benign flows above it."""
    few = attacks is None or min(len(benign.scores), len(attacks.scores)) < _LEAST_FLOWS
    if attacks is None or few:
        there = 0 if attacks is None else len(attacks.scores)
        raise ModelError(
            f"threshold by {rule}: {len(benign.scores)} harmless and {there} attack flows with "
            f"labels, {_LEAST_FLOWS} of each are needed: give labelled flows, or use quantile or "
            "tail"
        )
    # Cut between neighbouring scores: then no score decides by its last bit.
    both = np.unique(np.concatenate([benign.scores, attacks.scores]))
    cuts = np.concatenate([both[:1] - 1.0, (both[:-1] + both[1:]) / 2])
    return cuts, _above(attacks, cuts), _above(benign, cuts)


def _above(sample: Sample, cuts: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.concatenate([[0.0], np.cumsum(sample.weights)])
    result: NDArray[np.float64] = (
        total[-1] - total[np.searchsorted(sample.scores, cuts, side="right")]
    )
    return result


def _best(scores: NDArray[np.float64], value: NDArray[np.float64]) -> float:
    return float(scores[len(value) - 1 - int(np.argmax(value[::-1]))])
