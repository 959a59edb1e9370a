"""SPOT: a threshold that learns on while scores stream by.

Siffer, Fouque, Termier and Largouet, Anomaly Detection in Streams with Extreme Value Theory, KDD
2017, algorithm 2: what exceeds the threshold is an alarm and is not learned; what lies in the
tail below it is, and the threshold moves; the rest only counts. Condition of use: the stream is
of one distribution (theirs for drift, DSPOT, takes off a moving mean first), and few flows are
alarms: what is not learned is missing from the tail, and a share near the tail's own would make
the threshold sink.
"""

from __future__ import annotations

import bisect
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection.thresholds.sample import Sample
from netad_pcap.detection.thresholds.tail import TAIL_SHARE, PeaksOver, tail_of
from netad_pcap.errors import ModelError

__all__ = ["LARGEST_SHARE", "Spot"]

#: Excesses kept; of more the oldest are forgotten.
_MOST = 10_000
#: One in fifty of the tail.
LARGEST_SHARE = TAIL_SHARE / 50


class Spot:
    """A streaming threshold.

    Args:
        benign: float64 [n], scores of harmless flows to begin with.
        share: of harmless flows that may be flagged; at most `LARGEST_SHARE`.
        weights: what each of them counts; None: 1, as each flow of the stream does.

    Raises:
        ModelError: too few different scores in the highest tenth, or too large a share.
    """

    def __init__(
        self, benign: NDArray[Any], share: float, weights: NDArray[Any] | None = None
    ) -> None:
        if not 0 < share <= LARGEST_SHARE:
            raise ModelError(
                f"threshold by tail: a stream learns from all but its alarms, of a share of "
                f"{LARGEST_SHARE:g} at most; {share:g} was asked for"
            )
        sample = Sample.of(benign, weights)
        if not len(sample.scores):
            raise ModelError("threshold by tail: no harmless flow to begin with")
        self.share = share
        self.seen = sample.flows
        self._start, excess, weight = tail_of(sample)
        self._excess, self._weight = excess.tolist(), weight.tolist()
        self._oldest = list(zip(self._excess, self._weight, strict=True))
        self.threshold = self._fitted()

    def alarms(self, scores: NDArray[Any]) -> NDArray[np.bool_]:
        """Which of these scores, in their order, exceed the threshold of their moment.

        The state goes on from call to call: a stream cut anywhere gives the same alarms.
        """
        result = np.zeros(len(scores), np.bool_)
        for place, score in enumerate(np.asarray(scores, np.float64).tolist()):
            if score > self.threshold:
                result[place] = True
                continue
            self.seen += 1
            if score > self._start:
                self._learn(score - self._start)
        return result

    def _learn(self, excess: float) -> None:
        place = bisect.bisect(self._excess, excess)
        self._excess.insert(place, excess)
        self._weight.insert(place, 1.0)
        self._oldest.append((excess, 1.0))
        if len(self._oldest) > _MOST:
            gone, weight = self._oldest.pop(0)
            place = self._weight.index(weight, bisect.bisect_left(self._excess, gone))
            self._excess.pop(place)
            self._weight.pop(place)
            self.seen -= weight / TAIL_SHARE
        self.threshold = self._fitted()

    def _fitted(self) -> float:
        excess, weight = np.array(self._excess), np.array(self._weight)
        peaks = PeaksOver.fit(self._start, float(weight.sum()) / self.seen, excess, weight)
        return peaks.threshold(min(self.share, peaks.share))
