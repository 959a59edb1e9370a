"""Evidence as betting: p-values of flows become e-values, e-values multiply.

Under "harmless" a p-value is at least uniform, so κp^(κ−1) has mean at most 1 for any κ
in (0, 1): an e-value (Vovk and Wang, "E-values: calibration, combination and
applications", Annals of Statistics 49, 2021). A product of e-values, each valid given the
past, is a wealth that one can look at whenever one likes: it reaches 1/α with probability
at most α (Ville).

Two mixtures, both of which keep that: over κ, because nobody knows how small the p-values
of an attack will be, and over the flow at which betting starts, because a host that was
harmless for a day must not have lost everything when it begins. Of the wealth 1, the share
1/(j(j+1)) is put in at flow j; the rest waits.

All in logarithms. The functions are numba kernels, called for each entity of each row.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = [
    "DESIGN_EFFECT",
    "EVIDENCE_P",
    "KAPPAS",
    "KNOWN_EFFECT",
    "P_FLOOR",
    "excess",
    "log_bets",
    "log_wealth",
    "nothing_put_in",
    "put_in",
]

#: The κ that are mixed with equal weights.
KAPPAS = np.array([0.15, 0.3, 0.5, 0.7, 0.9])
#: Smaller p-values count as this one: the far tail of a calibration is the first thing that
#: does not carry over to another network, and rounding up never makes evidence invalid.
P_FLOOR = 1e-3
#: Mean of −log10 p over harmless flows.
_MEAN_DECADES = 1.0 / math.log(10.0)
#: So many flows of a host are worth one that is independent of the others (Kish's design effect):
#: detectors see what hosts did over an hour, so p-values within it depend on each other. An
#: e-value to the power 1 over this is an e-value still. A larger one made no further clean
#: capture quiet whose source no detector had seen, and found less (decision 15).
DESIGN_EFFECT = 3.0
#: The same of malicious flows: their family is known, and harmless traffic that is odd again and
#: again seldom looks like one. Bets stay e-values even if all flows within a budget of 5% did
#: (decision 15).
KNOWN_EFFECT = 1.5
#: A flow is part of a finding's flows if its p-value is at most this; above it the flow
#: speaks against the finding, if anything.
EVIDENCE_P = 0.1


def nothing_put_in() -> float:
    """Log wealth of an account into which nothing was put."""
    return -np.inf


@njit(cache=True)
def log_bets(p_value: float, known: bool, kappas: NDArray[Any], bets: NDArray[Any]) -> float:
    """Log e-values of one flow for each κ into `bets`, tempered; returns the log of their mean.

    Args:
        p_value: one that is not a number, or above 1, counts as 1.
        known: its verdict is that it is malicious: of a known family, and within the budget.
        kappas: float64 [k].
        bets: float64 [k], filled.
    """
    if not p_value <= 1.0:
        p_value = 1.0
    log_p = math.log(max(p_value, P_FLOOR))
    effect = KNOWN_EFFECT if known else DESIGN_EFFECT
    total = 0.0
    for i in range(len(kappas)):
        bets[i] = (math.log(kappas[i]) + (kappas[i] - 1.0) * log_p) / effect
        total += math.exp(bets[i])
    return math.log(total / len(kappas))


@njit(cache=True)
def excess(p_value: float) -> float:
    """By how many decades a flow is stranger than the mean harmless one, from 0 to 2.6.

    −log10 p has mean log10 e where p is uniform; below that a flow counts nothing. What is no
    p-value counts nothing, as in `log_bets`.
    """
    if not p_value <= 1.0:
        return 0.0
    return max(0.0, -math.log10(max(p_value, P_FLOOR)) - _MEAN_DECADES)


@njit(cache=True)
def put_in(invested: NDArray[Any], step: int, bets: NDArray[Any]) -> bool:
    """Flow number `step` (from 1) of an entity: new money goes in, then all of it is bet.

    Args:
        invested: log wealth per κ of what was put in so far; changed in place.
        step: how many flows were counted, this one included.
        bets: log e-values per κ.

    Returns:
        Whether the new money was more than all that was left of the old: most of the
        evidence from here on begins at this flow.
    """
    fresh = -math.log(step * (step + 1.0))
    old = log_wealth(invested, 0)
    for i in range(len(invested)):
        high = max(invested[i], fresh)
        low = min(invested[i], fresh)
        invested[i] = high + math.log1p(math.exp(low - high)) + bets[i]
    return old < fresh


@njit(cache=True)
def log_wealth(invested: NDArray[Any], steps: int) -> float:
    """Log of the wealth of an entity after `steps` flows: the mean over κ, and the reserve
    1/(steps+1) that was not yet put in (left out for `steps` 0)."""
    high = -math.log(steps + 1.0) if steps > 0 else -math.inf
    top = high
    for value in invested:
        top = max(top, value)
    if top == -math.inf:
        return -math.inf
    total = 0.0
    for value in invested:
        total += math.exp(value - top)
    total /= len(invested)
    if steps > 0:
        total += math.exp(high - top)
    return top + math.log(total)
