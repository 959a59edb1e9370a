"""Rows of batches that have histories: taking some, joining several; what they point at stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch, concatenate

__all__ = ["join_batches", "pieces_apart", "rows_with_past"]


def rows_with_past(flows: FlowBatch, rows: NDArray[Any]) -> FlowBatch:
    """Some rows, with those that their histories point at in front.

    Args:
        flows: a batch, with history and carried rows or without.
        rows: numbers among the rows that are not carried, ascending.
    """
    rows = rows + flows.carried
    if flows.history is None:
        return flows.take(rows)
    pointed = flows.history[rows]
    others = np.setdiff1d(np.unique(pointed[pointed >= 0]), rows)
    order = np.concatenate([others, rows])
    number = np.full(len(flows), -1, np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    history = np.full((len(order), flows.history.shape[1]), -1, np.int32)
    history[: len(others), -1] = np.arange(len(others))
    history[len(others) :] = np.where(pointed >= 0, number[np.maximum(pointed, 0)], -1)
    return replace(flows.take(order), history=history, carried=len(others))


def pieces_apart(flows: FlowBatch, pieces: Sequence[NDArray[Any]]) -> list[FlowBatch]:
    """Pieces of a batch, no window of which holds a flow of another piece, or of its windows.

    What is left out of a window is as if it had never been: where a batch is cut in time, windows
    begin anew behind the cut.

    Args:
        flows: a batch, with history and carried rows or without.
        pieces: numbers among the rows that are not carried, ascending, none in two pieces.
    """
    if flows.history is None:
        return [rows_with_past(flows, rows) for rows in pieces]
    nobody, several = -1, -2
    owner = np.full(len(flows), nobody)
    for number, rows in enumerate(pieces):
        owner[rows + flows.carried] = number
    theirs = owner >= 0
    for number, rows in enumerate(pieces):
        pointed = np.unique(flows.history[rows + flows.carried])
        others = pointed[(pointed >= 0) & ~theirs[pointed]]
        owner[others] = np.where(owner[others] == nobody, number, several)
    return [
        rows_with_past(
            replace(flows, history=np.where(owner[flows.history] == number, flows.history, -1)),
            rows,
        )
        for number, rows in enumerate(pieces)
    ]


def join_batches(parts: Sequence[FlowBatch]) -> FlowBatch:
    """Several batches as one: carried rows of all first, histories renumbered.

    Args:
        parts: at least one; all with history, or none.
    """
    carried = [part.take(slice(0, part.carried)) for part in parts]
    own = [part.take(slice(part.carried, None)) for part in parts]
    flows = concatenate([*carried, *own])
    front = sum(map(len, carried))
    if parts[0].history is None:
        return replace(flows, carried=front)
    history = np.full((len(flows), parts[0].history.shape[1]), -1, np.int32)
    before, behind = 0, front
    for part in parts:
        n, c = len(part), part.carried
        number = np.concatenate([before + np.arange(c), behind + np.arange(n - c)])
        assert part.history is not None
        history[number] = np.where(part.history >= 0, number[np.maximum(part.history, 0)], -1)
        before, behind = before + c, behind + n - c
    return replace(flows, history=history, carried=front)
