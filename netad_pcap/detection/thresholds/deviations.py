"""Mean plus k standard deviations: what papers take, where scores are nearly normal.

Reconstruction errors seldom are: one far score moves mean and deviation, and the promised
share (0.13% for k = 3) becomes anything. So the rule looks first.
"""

from __future__ import annotations

import numpy as np

from netad_pcap.detection.thresholds.sample import Sample
from netad_pcap.errors import ModelError

__all__ = ["mean_and_deviations"]

_LEAST_FLOWS = 30
_SKEWNESS = 1.0
_KURTOSIS = 2.0


def mean_and_deviations(benign: Sample, deviations: float) -> float:
    """Mean plus so many standard deviations of the scores.

    Raises:
        ModelError: too few flows, all scores equal, or scores that are not nearly normal.
    """
    if len(benign.scores) < _LEAST_FLOWS:
        raise ModelError(
            f"threshold by deviations: {len(benign.scores)} harmless flows, {_LEAST_FLOWS} are "
            "needed: give more flows"
        )
    share = benign.weights / benign.flows
    mean = float((share * benign.scores).sum())
    far = benign.scores - mean
    deviation = float(np.sqrt((share * far**2).sum()))
    if not deviation > 0:
        raise ModelError("threshold by deviations: all harmless flows have one score")
    skewness = float((share * (far / deviation) ** 3).sum())
    kurtosis = float((share * (far / deviation) ** 4).sum()) - 3.0
    if abs(skewness) > _SKEWNESS or abs(kurtosis) > _KURTOSIS:
        raise ModelError(
            f"threshold by deviations: the scores are not nearly normal (skewness {skewness:.3g}, "
            f"excess kurtosis {kurtosis:.3g}): use quantile or tail"
        )
    return mean + deviations * deviation
