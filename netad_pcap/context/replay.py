"""Flows of a table told again in the order of time, as the meter would have told them.

A table says when each flow began and ended, in whatever order its rows stand. Context is made
of rows as they leave the meter, open flows among them (`docs/decisions/0009-context.md`): from
the two times follows when each would have been told. Rules: `0016-context-of-tables.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netad_pcap.context.counters import ContextCounters
from netad_pcap.context.table_states import OTHER
from netad_pcap.flows import FlowBatch
from netad_pcap.metering.rules import FLOW_TIMEOUT_US
from netad_pcap.metering.states import END_REASONS

__all__ = ["context_of"]

_SECOND_US = 1_000_000
#: Tellings counted at once.
_MOST = 65_536
#: Times that are no times of this age: sums of them overflow.
_MOST_US = 1 << 61
_OPEN, _IDLE = END_REASONS.index("open"), END_REASONS.index("idle")


@dataclass(frozen=True, eq=False)
class _Tellings:
    """When flows are told.

    Attributes:
        row: int64 [m], of the flow.
        second: int64 [m], whole second of capture time.
        end_us: int64 [m], of its last packet so far.
        is_last: bool [m], its last packet is told.
        is_open: bool [m], it goes on, or is silent; else it leaves.
    """

    row: NDArray[np.int64]
    second: NDArray[np.int64]
    end_us: NDArray[np.int64]
    is_last: NDArray[np.bool_]
    is_open: NDArray[np.bool_]


def context_of(flows: FlowBatch, columns: Sequence[str]) -> NDArray[np.float32]:
    """Context of the flows of one network, each as of its last packet.

    Args:
        flows: n rows with addresses, destination port, protocol, times, `Tot Bwd Pkts`, `TotLen Fwd
            Pkts`, `TotLen Bwd Pkts`, `state` and `end_reason` (`idle`: its last packet did not end
            it); with source ports or without.
        columns: names of `netad_pcap.schema.CONTEXT`.

    Returns:
        float32 [n, columns], in the order of the rows, on which nothing else depends but which of
        two flows of the same first frame, or start, and end counts first.
    """
    tellings = _tellings(flows)
    order = np.lexsort(
        (
            tellings.row,
            flows.identity.get("first_frame", flows.identity["start_us"])[tellings.row],
            tellings.end_us,
            tellings.is_open,
            tellings.second,
        )
    )
    context = np.empty((len(flows), len(columns)), np.float32)
    counters = ContextCounters(columns)
    for first in range(0, len(order), _MOST):
        told = order[first : first + _MOST]
        left = counters.attach(_as_metered(flows, tellings, told))
        rows = tellings.row[told][~tellings.is_open[told]]
        for place, name in enumerate(columns):
            context[rows, place] = left.context[name]
    return context


def _tellings(flows: FlowBatch) -> _Tellings:
    start = np.clip(flows.identity["start_us"], -_MOST_US, _MOST_US)
    end = np.clip(flows.identity["end_us"], -_MOST_US, _MOST_US)
    last, leaves = _second(end), _leaves(flows, start, end)
    first = np.flatnonzero(_second(start) < np.minimum(last, leaves))
    silent = np.flatnonzero(last < leaves)
    sizes = (len(first), len(silent), len(flows))
    return _Tellings(
        row=np.concatenate([first, silent, np.arange(len(flows))]),
        second=np.concatenate([_second(start[first]), last[silent], leaves]),
        # When the last packet of the first second came is not known: not before the first.
        end_us=np.concatenate([start[first], end[silent], end]),
        is_last=np.repeat([False, True, True], sizes),
        is_open=np.repeat([True, True, False], sizes),
    )


def _second(time_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """The whole second of capture time at which what happened then is told."""
    return time_us // _SECOND_US + 1


def _leaves(
    flows: FlowBatch, start: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The second at which each row leaves: when it has ended or was silent for the time-out, or
    when the next flow of the same two ends and ports begins, which ends it whatever the rule book.
    """
    silent = flows.connection["end_reason"] == _IDLE
    leaves = _second(end + np.where(silent, FLOW_TIMEOUT_US, 0))
    # The meter's clock stops with the last packet: who would leave at the next whole second is
    # there still when the last are told.
    leaves += silent & (leaves == _second(end.max(initial=-_MOST_US)))
    if "src_port" not in flows.identity:
        return leaves
    key = _two_ends(flows)
    order = np.lexsort((start, key))
    same = key[order[1:]] == key[order[:-1]]
    before, behind = order[:-1][same], order[1:][same]
    follows = start[behind] >= end[before]
    before, behind = before[follows], behind[follows]
    leaves[before] = np.minimum(leaves[before], _second(start[behind]))
    return leaves


def _two_ends(flows: FlowBatch) -> NDArray[np.uint64]:
    """A number for the two ends and their ports in either direction, and the protocol."""
    ends = []
    for side in ("src", "dst"):
        words = np.ascontiguousarray(flows.identity[f"{side}_ip"]).view(np.uint64)
        port = flows.identity[f"{side}_port"].astype(np.uint64)
        ends.append(_mixed(_mixed(_mixed(words[:, 0]) ^ words[:, 1]) ^ port))
    protocol = flows.identity["protocol"].astype(np.uint64)
    return _mixed(ends[0] + ends[1] + protocol)


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's finalizer (Steele, Lea and Flood, OOPSLA 2014)."""
    words = words + np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def _as_metered(flows: FlowBatch, tellings: _Tellings, told: NDArray[np.intp]) -> FlowBatch:
    """Some tellings as rows of the meter. How a flow ended is told last; its bytes, of which nobody
    knows when they came, at once."""
    row, is_open = tellings.row[told], tellings.is_open[told]
    is_last = tellings.is_last[told]
    rows = flows.take(row)
    one = np.zeros(len(row), np.int32)
    identity = {
        **rows.identity,
        "end_us": tellings.end_us[told],
        "first_frame": row,
        "last_frame": is_last.astype(np.int64),
        "capture": one,
        "last_capture": one,
        "open": is_open,
    }
    connection = {
        "state": np.where(is_last, rows.connection["state"], np.uint8(OTHER)),
        "end_reason": np.where(is_open, np.uint8(_OPEN), np.uint8(_IDLE)),
    }
    return FlowBatch(rows.profile, rows.features, identity, connection, captures=("table",))
