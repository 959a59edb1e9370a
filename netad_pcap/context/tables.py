"""Rows of a flow table with context, which is made in a pass of its own before them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture.tables import FlowTable
from netad_pcap.context.replay import context_of
from netad_pcap.context.table_states import ended, needed_of_tables, read_of_tables, states_of
from netad_pcap.errors import UsageError
from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.metering.rules import FLOW_TIMEOUT_US
from netad_pcap.metering.states import END_REASONS

__all__ = ["REMARK", "rows_with_context"]

#: What a person should know of scores that rest on such context.
REMARK = (
    "context made from the table: which flows were open, refused or reset is inferred from its "
    "columns, and names asked for are not known"
)
_ENDED, _SILENT = (np.uint8(END_REASONS.index(name)) for name in ("rst", "idle"))
#: More than any count of bytes: sums stay finite.
_MOST_BYTES = 1e15


def rows_with_context(
    table: FlowTable,
    columns: Sequence[str],
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[FlowBatch]:
    """The rows of a table in their order, with context where the table has what it is made from.

    The table is read twice; some of its columns and the context of all rows are kept meanwhile,
    about half a kilobyte a row.

    Args:
        table: any flow table.
        columns: names of `netad_pcap.schema.CONTEXT`; none: the rows as they stand.
        should_stop: asked between batches; yes leaves out the rows that were not read yet.

    Raises:
        UsageError: a cell that cannot be read, or the file is not what it was a moment ago.
    """
    version = table.file.version()
    context = _context(table, columns, should_stop) if columns else None
    if context is None:
        yield from table.batches()
        return
    row = 0
    for batch in table.batches():
        mine = context[row : row + len(batch)]
        row += len(batch)
        if len(mine) < len(batch):
            if not should_stop():
                raise _changed(table)
            batch = batch.take(slice(0, len(mine)))
        if not len(mine):
            return  # what comes was not read when it was stopped
        added = {name: mine[:, place].copy() for place, name in enumerate(columns)}
        yield replace(batch, context={**batch.context, **added})
    if row < len(context) or table.file.version() != version:
        raise _changed(table)


def _changed(table: FlowTable) -> UsageError:
    return UsageError(f"{table.file.path}: changed while it was read; try again")


def _context(
    table: FlowTable, columns: Sequence[str], should_stop: Callable[[], bool]
) -> NDArray[np.float32] | None:
    """Context of all rows, float32 [n, columns]; None: the table lacks what it is made from."""
    parts = []
    for batch in table.batches(read_of_tables(table.profile)):
        if batch.lacks(needed_of_tables(table.profile)):
            return None
        parts.append(_narrow(batch))
        if should_stop():
            break
    if not parts:
        return None
    flows = concatenate(parts)
    network = _networks(flows)
    context = np.empty((len(flows), len(columns)), np.float32)
    for number in range(int(network.max()) + 1):
        rows = np.flatnonzero(network == number)
        context[rows] = context_of(flows.take(rows), columns)
    return context


def _narrow(batch: FlowBatch) -> FlowBatch:
    """What context is made from, and nothing else; bytes as they can be."""
    up, down = (np.clip(sent, 0.0, _MOST_BYTES) for sent in batch.payload())
    return FlowBatch(
        batch.profile,
        {
            "Tot Bwd Pkts": batch.features["Tot Bwd Pkts"],
            "TotLen Fwd Pkts": up,
            "TotLen Bwd Pkts": down,
        },
        batch.identity,
        {"state": states_of(batch), "end_reason": np.where(ended(batch), _ENDED, _SILENT)},
        captures=batch.captures,
    )


def _networks(flows: FlowBatch) -> NDArray[np.int64]:
    """Rows of captures that the meter would join have one number, int64 [n]: each begins within
    the time-out behind the one before."""
    if "capture" not in flows.identity:
        return np.zeros(len(flows), np.int64)
    first = flows.identity["capture"]
    last = flows.identity.get("last_capture", first)
    start = np.full(len(flows.captures), np.iinfo(np.int64).max)
    end = np.full(len(flows.captures), np.iinfo(np.int64).min)
    np.minimum.at(start, first, flows.identity["start_us"])
    np.maximum.at(end, last, flows.identity["end_us"])
    network = np.zeros(len(flows.captures), np.int64)
    number, until = -1, 0
    for place in np.argsort(start, kind="stable").tolist():
        pause = int(start[place]) - until
        if number < 0 or not 0 <= pause <= FLOW_TIMEOUT_US:
            number, until = number + 1, int(end[place])
        network[place] = number
        until = max(until, int(end[place]))
    return network[first]
