"""Verdicts of single flows: benign, suspicious or malicious. Causal, never revised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netad_pcap.families import ATTACKS

__all__ = ["VERDICTS", "Verdicts", "judge"]

#: A verdict's code is its place here.
VERDICTS: tuple[str, ...] = ("benign", "suspicious", "malicious")
_BENIGN, _SUSPICIOUS, _MALICIOUS = range(3)

#: From this calibrated probability on a family is named.
_NAMED = 0.5


@dataclass(frozen=True, eq=False)
class Verdicts:
    """Verdicts of n flows, column by column.

    Attributes:
        verdict: uint8 [n], place in `VERDICTS`.
        family: int32 [n], column of the attack family whose probability is at least one half,
            whatever the verdict; −1 = none.
        score: float64 [n], fused.
        p_value: float64 [n].
        detector: int32 [n], column of the detector that was surprised most.
    """

    verdict: NDArray[np.uint8]
    family: NDArray[np.int32]
    score: NDArray[np.float64]
    p_value: NDArray[np.float64]
    detector: NDArray[np.int32]


def judge(
    surprise: NDArray[np.float64],
    score: NDArray[np.float64],
    p_value: NDArray[np.float64],
    families: tuple[str, ...],
    probabilities: NDArray[np.float64],
    fpr: float,
) -> Verdicts:
    """p > fpr: benign. Else malicious where a family is named, else suspicious.

    Args:
        surprise: float64 [n, detectors], −log10 of each detector's p-value.
        score: float64 [n].
        p_value: float64 [n], of `score` among held-out benign flows.
        families: names of the columns of `probabilities`.
        probabilities: float64 [n, families], calibrated.
        fpr: the false-alarm budget.
    """
    n = len(score)
    family = np.full(n, -1, np.int32)
    attacks = np.array([i for i, name in enumerate(families) if name in ATTACKS], np.int32)
    if len(attacks) and n:
        likely = attacks[probabilities[:, attacks].argmax(axis=1)]
        named = probabilities[np.arange(n), likely] >= _NAMED
        family[named] = likely[named]
    verdict = np.full(n, _BENIGN, np.uint8)
    flagged = p_value <= fpr
    verdict[flagged] = np.where(family[flagged] >= 0, _MALICIOUS, _SUSPICIOUS)
    detector = surprise.argmax(axis=1) if n else np.empty(0)
    return Verdicts(verdict, family, score, p_value, detector.astype(np.int32))
