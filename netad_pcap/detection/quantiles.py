"""Fixed quantiles of columns.

They are all that a baseline keeps of its flows' columns: enough for the normal range that a
reason states, and for telling which baseline traffic is nearest to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch

__all__ = ["HIGHEST", "LEVELS", "MEDIAN", "MIDDLE", "NORMAL", "quantiles_of"]

#: Levels of the quantiles that a baseline keeps.
LEVELS: NDArray[np.float64] = np.round(np.linspace(0.0, 1.0, 21), 2)
#: Places in `LEVELS` between which nine in ten flows of the baseline lie: 5% and 95%.
NORMAL: tuple[int, int] = (1, 19)
#: Between these lies the middle half: 25% and 75%.
MIDDLE: tuple[int, int] = (5, 15)
#: Place of the median.
MEDIAN = 10
#: Level of one quantile more, which reasons state.
HIGHEST = 0.99


def quantiles_of(
    flows: FlowBatch,
    columns: Sequence[str],
    weights: NDArray[Any] | None = None,
    levels: NDArray[np.float64] = LEVELS,
) -> NDArray[np.float64]:
    """Quantiles float64 [columns, levels]: values that occur, never between two.

    NaN is left out; a column of nothing else has NaN as its quantiles.
    """
    weight = np.ones(len(flows)) if weights is None else np.asarray(weights, np.float64)
    result = np.full((len(columns), len(levels)), np.nan)
    for row, name in enumerate(columns):
        values = flows.column(name).astype(np.float64)
        known = ~np.isnan(values) & (weight > 0)
        if not known.any():
            continue
        order = np.argsort(values[known], kind="stable")
        shares = np.cumsum(weight[known][order])
        # A hair below each level: sums of weights round.
        place = np.searchsorted(shares, levels * shares[-1] * (1 - 1e-12), side="left")
        result[row] = values[known][order][np.minimum(place, len(order) - 1)]
    return result
