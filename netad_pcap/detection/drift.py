"""How far traffic is from a baseline: column by column, and in what the detectors say of it.

Everything is counted as flows go by, at thresholds that the baseline gives, so a capture of any
length is compared in one pass; the choice of the nearest baseline, the drift that a report
states and `netad-pcap drift` are the same counts.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection.quantiles import LEVELS, NORMAL

__all__ = [
    "CHANGED",
    "MOVED",
    "ColumnCounts",
    "PValueCounts",
]

#: Population stability index: from here on a column has moved, has changed. The bounds in use
#: since Siddiqi, Credit Risk Scorecards (2006), 10.
MOVED, CHANGED = 0.1, 0.25
#: A bin that is empty on one side counts as if it held so many flows.
_EMPTY = 0.5
#: Standard normal at 95%.
_NORMAL_95 = 1.645
#: Levels at which p-values are counted.
_P_LEVELS: NDArray[np.float64] = np.round(np.linspace(0.0, 1.0, 101), 2)
#: p-values go through logarithms and back: a hair.
_HAIR = 1e-9


class ColumnCounts:
    """How many values of a column lie below, and at or below, a baseline's distinct quantiles.

    Args:
        quantiles: float64 [21], at `quantiles.LEVELS`.
    """

    def __init__(self, quantiles: NDArray[np.float64]) -> None:
        self._silent = bool(np.isnan(quantiles).any())
        self._thresholds, self._first = np.unique(quantiles, return_index=True)
        self._last = np.append(self._first[1:], len(quantiles)) - 1
        self._normal = quantiles[list(NORMAL)]
        self._below = np.zeros(len(self._thresholds), np.int64)
        self._up_to = np.zeros(len(self._thresholds), np.int64)
        self._outside = 0
        self.rows = 0

    def add(self, values: NDArray[Any]) -> None:
        """Count values [n]; NaN is left out."""
        here = values.astype(np.float64)
        here = np.sort(here[~np.isnan(here)])
        self._below += np.searchsorted(here, self._thresholds, side="left")
        self._up_to += np.searchsorted(here, self._thresholds, side="right")
        if not self._silent:
            low = int(np.searchsorted(here, self._normal[0], side="left"))
            high = len(here) - int(np.searchsorted(here, self._normal[1], side="right"))
            self._outside += low + high
        self.rows += len(here)

    @property
    def comparable(self) -> bool:
        """Whether both sides have values."""
        return self.rows > 0 and not self._silent

    @property
    def outside(self) -> float:
        """Share of the values outside what is normal there (5% to 95%): a tenth at most where
        nothing has changed."""
        return self._outside / max(self.rows, 1)

    @property
    def distance(self) -> float | None:
        """The Kolmogorov distance, 0 (as there) to 1 (nothing in common).

        The largest difference, over all thresholds that are quantiles of the baseline, between
        the shares of flows at or below (and: below) the threshold, here and there. The
        baseline's shares are known to 5% only; what may be explained by that is no difference.
        None where either side has no value.
        """
        if not self.comparable:
            return None
        below, up_to = self._below / self.rows, self._up_to / self.rows
        step = LEVELS[1]
        low_below, high_below = np.maximum(LEVELS[self._first] - step, 0), LEVELS[self._first]
        low_up_to, high_up_to = LEVELS[self._last], np.minimum(LEVELS[self._last] + step, 1)
        differences = [low_below - below, below - high_below, low_up_to - up_to, up_to - high_up_to]
        return float(np.clip(np.max(differences), 0, 1))

    @property
    def stability(self) -> float | None:
        """The population stability index: Σ (here − there) ln(here / there) over bins.

        Bins are cut at the baseline's quantiles; a value that holds several of them has a bin
        of its own. Of the shares there that the quantiles allow (they are known to 5%), those
        nearest to the shares here are taken. None where either side has no value.
        """
        if not self.comparable:
            return None
        here, there = self._bins()
        least = _EMPTY / self.rows
        here, there = np.maximum(here, least), np.maximum(there, least)
        return float(((here - there) * np.log(here / there)).sum())

    def by_chance(self, calibrated_on: float) -> float:
        """The index that one in twenty samples of the baseline's own traffic exceeds, were its
        flows independent: they are not, so it is the least to ask for.

        Source: Yurdakul, Statistical Properties of Population Stability Index (2018): under no
        change PSI / (1/n + 1/m) is chi-squared with bins − 1 degrees of freedom; its quantile
        after Wilson and Hilferty (1931).

        Args:
            calibrated_on: weight of the baseline's flows.
        """
        freedom = max(len(self._bins()[0]) - 1, 1)
        spread = 2 / (9 * freedom)
        chi_squared = freedom * (1 - spread + _NORMAL_95 * math.sqrt(spread)) ** 3
        return chi_squared * (1 / max(self.rows, 1) + 1 / max(calibrated_on, 1.0))

    def change(self, calibrated_on: float) -> str:
        """`stable`, `moved` or `changed`, by the index; what may be chance is stable."""
        index = self.stability or 0.0
        if index < MOVED or index <= self.by_chance(calibrated_on):
            return "stable"
        return "moved" if index < CHANGED else "changed"

    def _bins(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Shares of all bins, here and there."""
        step = LEVELS[1]
        rows = max(self.rows, 1)
        cuts: list[tuple[float, float, float]] = []  # share here, least and most share there
        for place, (first, last) in enumerate(zip(self._first, self._last, strict=True)):
            if last > first and first > 0:
                at = LEVELS[first]
                cuts.append((self._below[place] / rows, max(at - step, 0.0), at))
            if last < len(LEVELS) - 1 and (last > 0 or last > first):
                at = LEVELS[last]
                cuts.append((self._up_to[place] / rows, at, min(at + step, 1.0)))
        shares = np.array([0.0, *(cut[0] for cut in cuts), 1.0])
        nearest = [min(max(here, least), most) for here, least, most in cuts]
        return np.diff(shares), np.diff(np.array([0.0, *nearest, 1.0]))


class PValueCounts:
    """Distribution of p-values: even from 0 to 1 where calibration holds."""

    def __init__(self, fpr: float) -> None:
        self._levels = np.append(_P_LEVELS, fpr)
        self._at_most = np.zeros(len(self._levels), np.int64)
        self.rows = 0

    def add(self, p_values: NDArray[np.float64]) -> None:
        """Count p-values [n]."""
        ordered = np.sort(p_values)
        self._at_most += np.searchsorted(ordered, self._levels * (1 + _HAIR), side="right")
        self.rows += len(ordered)

    @property
    def flagged(self) -> float:
        """Share at or below the false-alarm budget, which is to be about the budget."""
        return float(self._at_most[-1]) / max(self.rows, 1)

    @property
    def distance(self) -> float | None:
        """The most by which a share at or below a level exceeds the level: 0 to 1.

        Only that side: p-values that are too large (ties, traffic that is more ordinary than
        the baseline) raise no false alarm. None without a flow.
        """
        if not self.rows:
            return None
        return max(0.0, float((self._at_most / self.rows - self._levels).max()))
