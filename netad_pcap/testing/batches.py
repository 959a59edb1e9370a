"""Cutting and reordering batches together with their history, as the engine does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch

__all__ = ["cut_batch", "take_rows"]


def take_rows(flows: FlowBatch, rows: NDArray[Any], carried: int = 0) -> FlowBatch:
    """The named rows in their order, history pointing at the same flows as before.

    Args:
        flows: a batch.
        rows: int [k], distinct; every row that their history names must be among them, except
            in the history of the first `carried`, which nobody reads.
        carried: how many of the first rows are only pointed at.
    """
    taken = flows.take(rows)
    history = flows.history
    if history is None:
        return replace(taken, carried=carried)
    place = np.full(len(flows) + 1, -1, np.int32)  # the last: for −1
    place[rows] = np.arange(len(rows), dtype=np.int32)
    moved = place[history[rows]]
    moved[:carried] = -1
    if ((moved < 0) & (history[rows] >= 0))[carried:].any():
        raise ValueError("the history of a row names a row that was not taken")
    return replace(taken, history=moved, carried=carried)


def cut_batch(flows: FlowBatch, begin: int, end: int) -> FlowBatch:
    """Rows begin to end, the earlier rows that their history names carried in front."""
    rows = np.arange(begin, end)
    if flows.history is None:
        return take_rows(flows, rows)
    named = np.unique(flows.history[begin:end])
    carried = named[(named >= 0) & (named < begin)]
    return take_rows(flows, np.concatenate([carried, rows]), carried=len(carried))
