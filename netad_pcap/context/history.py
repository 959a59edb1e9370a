"""The last flows of the same source, for detectors that read sequences (design 7.5).

One pass in the order in which rows leave the meter. Cutting the rows into batches
anywhere changes nothing but where `carried` rows are needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch, concatenate

__all__ = ["HORIZON_US", "SOURCES", "FlowHistory"]

#: History is kept for the sources seen last, and reaches back an hour.
SOURCES = 65_536
HORIZON_US = 3_600_000_000

#: Identity columns that the history itself needs of rows that are kept.
_OWN = ("src_ip", "end_us")


class FlowHistory:
    """Attaches to each row the rows of the last flows of its source.

    Args:
        length: L, how many flows a history holds, the row itself included; 0: none.
        columns: the columns that readers of a history need; kept rows have no others.
        sources: how many sources are remembered: those seen last.
        horizon_us: how far back a history reaches.
    """

    def __init__(
        self,
        length: int,
        columns: Sequence[str],
        *,
        sources: int = SOURCES,
        horizon_us: int = HORIZON_US,
    ) -> None:
        self.length = length
        self.columns = tuple(columns)
        self.sources = sources
        self.horizon_us = horizon_us
        self._kept: FlowBatch | None = None

    def attach(self, flows: FlowBatch) -> FlowBatch:
        """The batch with `history` int32 [carried + n, L], earlier rows in front.

        Rows in front are only pointed at; their own histories hold nothing but themselves.

        Args:
            flows: n rows, in the order in which they left.

        Raises:
            KeyError: the batch lacks the source address or a needed column.
        """
        if self.length == 0 or not len(flows):
            return flows
        rows = self._slim(flows)
        kept = 0 if self._kept is None else len(self._kept)
        everything = rows if self._kept is None else concatenate([self._kept, rows])
        addresses = np.ascontiguousarray(everything.identity["src_ip"]).view("V16").ravel()
        distinct, source = np.unique(addresses, return_inverse=True)
        history, remembered = _histories(
            source.astype(np.int32),
            everything.identity["end_us"],
            kept,
            len(distinct),
            self.length,
            self.sources,
            self.horizon_us,
        )
        carried = np.unique(history[(history >= 0) & (history < kept)])
        self._kept = everything.take(np.flatnonzero(remembered))
        return self._with_carried(flows, everything, history, carried, kept)

    def _with_carried(
        self,
        flows: FlowBatch,
        everything: FlowBatch,
        history: NDArray[np.int32],
        carried: NDArray[Any],
        kept: int,
    ) -> FlowBatch:
        """Numbers rows anew: the carried ones first, then the batch's own."""
        number = np.full(len(everything), -1, np.int32)
        number[carried] = np.arange(len(carried), dtype=np.int32)
        number[kept:] = np.arange(len(flows), dtype=np.int32) + len(carried)
        own = np.full((len(carried), self.length), -1, np.int32)
        own[:, -1] = np.arange(len(carried))
        renumbered = np.where(history >= 0, number[np.maximum(history, 0)], -1)
        full = np.concatenate([own, renumbered.astype(np.int32)])
        if not len(carried):
            return replace(flows, history=full, carried=0)
        joined = concatenate([everything.take(carried), self._slim(flows)])
        return replace(joined, history=full, carried=len(carried))

    def _slim(self, flows: FlowBatch) -> FlowBatch:
        groups: dict[str, dict[str, NDArray[Any]]] = {
            name: {
                column: values
                for column, values in getattr(flows, name).items()
                if column in self.columns or (name == "identity" and column in _OWN)
            }
            for name in ("identity", "features", "connection", "context")
        }
        for column in (*self.columns, *_OWN):
            flows.column(column)  # names what is missing
        return FlowBatch(
            profile=flows.profile,
            clock=flows.clock,
            features=groups["features"],
            identity=groups["identity"],
            connection=groups["connection"],
            context=groups["context"],
        )


@njit(cache=True)
def _histories(
    source: Any, end_us: Any, kept: int, sources: int, length: int, most: int, horizon: int
) -> Any:
    """Histories of rows kept…n, and which rows later histories may still point at.

    Args:
        source: int32 [n], number of each row's source, below `sources`.
        end_us: int64 [n].
        kept: how many rows in front were remembered from before, oldest first.
        length: L.
        most: how many sources are remembered.
        horizon: µs.

    Returns:
        int32 [n − kept, L] of row numbers, −1 = none, and bool [n].
    """
    n = len(source)
    history = np.full((n - kept, length), -1, np.int32)
    ring = np.full((sources, length), -1, np.int32)
    count = np.zeros(sources, np.int64)
    # Sources in the order in which they were seen last; `sources` is both ends of the list.
    after = np.full(sources + 1, -1, np.int64)
    before = np.full(sources + 1, -1, np.int64)
    after[sources] = sources
    before[sources] = sources
    known = 0
    for row in range(n):
        s = source[row]
        if after[s] >= 0:
            after[before[s]] = after[s]
            before[after[s]] = before[s]
        else:
            known += 1
            if known > most:
                oldest = after[sources]
                after[sources] = after[oldest]
                before[after[oldest]] = sources
                after[oldest] = -1
                count[oldest] = 0
                known -= 1
        last = before[sources]
        after[last] = s
        before[s] = last
        after[s] = sources
        before[sources] = s
        ring[s, count[s] % length] = row
        count[s] += 1
        if row >= kept:
            for k in range(min(length, count[s])):
                earlier = ring[s, (count[s] - 1 - k) % length]
                if end_us[row] - end_us[earlier] > horizon:
                    break
                history[row - kept, length - 1 - k] = earlier
    remembered = np.zeros(n, np.bool_)
    s = after[sources]
    while s != sources:
        for k in range(min(length - 1, count[s])):
            remembered[ring[s, (count[s] - 1 - k) % length]] = True
        s = after[s]
    return history, remembered
