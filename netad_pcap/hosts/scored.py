"""ScoredFlows: a batch of flows with what the detectors say of each.

What scoring hands on and findings and reports read (the last arrows of
`… → flows → context → scores → verdicts → hosts → report`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection.verdicts import VERDICTS
from netad_pcap.flows import FlowBatch

__all__ = ["FINDING_DECADES", "VERDICTS", "ScoredFlows", "told_score"]

#: A flow of a finding is told as so many decades more suspicious than by itself (decision 18).
FINDING_DECADES = 0.5


@dataclass(frozen=True, eq=False)
class ScoredFlows:
    """Flows and their scores, column by column.

    Attributes:
        flows: the n flows.
        score: float64 [n]; higher = more suspicious, and `p_value` no larger.
        p_value: float64 [n], of `score` among held-out benign flows.
        verdict: uint8 [n], place in `VERDICTS`.
        family: int32 [n], place in `families` of the family whose calibrated probability is at
            least one half; −1 = none.
        families: names from `netad_pcap.families`.
        probabilities: float64 [n, len(families)].
        detectors: names of the detectors, as printed.
        novelty: float64 [n, len(detectors)].
        detector: int32 [n], place in `detectors` of the one that spoke most strongly.
        reasons: by row number, in words, for rows that are flagged or may yet be, when a finding
            takes them in (`told_reasons`).
    """

    flows: FlowBatch
    score: NDArray[np.float64]
    p_value: NDArray[np.float64]
    verdict: NDArray[np.uint8]
    family: NDArray[np.int32]
    families: tuple[str, ...] = ()
    probabilities: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))
    detectors: tuple[str, ...] = ()
    novelty: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))
    detector: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, "i4"))
    reasons: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.score)

    def told_reasons(self, finding: NDArray[np.int32]) -> dict[int, tuple[str, ...]]:
        """The reasons of flagged rows: by their verdict, or part of a finding.

        Args:
            finding: int32 [n], number of each row's finding; below 1: none.
        """
        flagged = (self.verdict > 0) | (finding > 0)
        return {row: words for row, words in self.reasons.items() if flagged[row]}

    def take(self, rows: NDArray[Any] | slice) -> ScoredFlows:
        """The rows named by an index array, a mask or a slice."""
        numbers = np.arange(len(self))[rows]
        reasons = {
            new: self.reasons[old]
            for new, old in enumerate(numbers.tolist())
            if old in self.reasons
        }
        return ScoredFlows(
            flows=self.flows.take(rows),
            score=self.score[rows],
            p_value=self.p_value[rows],
            verdict=self.verdict[rows],
            family=self.family[rows],
            families=self.families,
            probabilities=self.probabilities[rows],
            detectors=self.detectors,
            novelty=self.novelty[rows],
            detector=self.detector[rows],
            reasons=reasons,
        )


def told_score(score: NDArray[np.float64], finding: NDArray[np.int32]) -> NDArray[np.float64]:
    """The scores that reports print: evidence that added up counts beside the flow itself.

    Args:
        score: float64 [n], of `ScoredFlows`.
        finding: int32 [n], number of each row's finding; below 1: none.
    """
    told: NDArray[np.float64] = score + FINDING_DECADES * (finding > 0)
    return told
