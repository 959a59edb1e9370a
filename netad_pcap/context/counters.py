"""Context columns of flows: what their source, destination, pair and service did lately.

One pass over rows in the order in which they leave the meter, open flows among them; cutting
the rows into batches anywhere changes nothing. Rules: `docs/decisions/0009-context.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from netad_pcap.context.entities import (
    DOWN,
    DOWN_BYTES,
    DOWN_SQUARED,
    EMPTY,
    FLOWS,
    NAME_BYTES,
    NAMES,
    QUESTIONS,
    REFUSED,
    RESET,
    UNANSWERED,
    UP,
    UP_BYTES,
    UP_SQUARED,
    VALUES,
    make_entities,
    make_told,
    rehash,
)
from netad_pcap.context.groups import to_groups
from netad_pcap.context.kernel import cell_of, count
from netad_pcap.errors import UsageError
from netad_pcap.flows import FlowBatch
from netad_pcap.metering.states import STATES
from netad_pcap.schema.context import CONTEXT

__all__ = ["MOST_ENTITIES", "NEEDED", "ContextCounters"]

#: Columns that context is made from.
NEEDED: tuple[str, ...] = (
    "src_ip",
    "dst_ip",
    "dst_port",
    "protocol",
    "start_us",
    "end_us",
    "state",
    "Tot Bwd Pkts",
    "TotLen Fwd Pkts",
    "TotLen Bwd Pkts",
)
#: And these, which tables lack: nothing was asked for, as far as they tell.
_ASKED = frozenset(("dns_zone", "dns_name", "dns_questions", "dns_names", "dns_name_bytes"))
#: Entities of each kind that are remembered: those seen last.
MOST_ENTITIES = 65_536

_REFUSED = STATES.index("REJ")
_RESET = [STATES.index(name) for name in ("RSTO", "RSTR", "RSTOS0", "RSTRH")]
#: Frames are numbered per file: no file has more.
_FRAMES = 1 << 40


class ContextCounters:
    """Adds context columns to the rows of one capture.

    Args:
        columns: names of `netad_pcap.schema.CONTEXT`.
        most_entities: entities of each kind that are remembered.
    """

    def __init__(self, columns: Sequence[str], *, most_entities: int = MOST_ENTITIES) -> None:
        self.columns = tuple(columns)
        planned = [CONTEXT[name] for name in self.columns]
        self._plan = np.array(
            [(c.entity, cell_of(c.quantity, c.scale), c.quantity, c.scale) for c in planned],
            np.int64,
        ).reshape(-1, 4)
        self._entities = make_entities(most_entities)
        self._told = make_told(0, len(self.columns))
        self._clock = np.array([np.iinfo(np.int64).min // 4])

    def attach(self, flows: FlowBatch) -> FlowBatch:
        """The rows that have left, with their context; those of open flows are only counted.

        A row's context is as of its last packet: of a flow that was told open with this packet,
        what it was then.

        Args:
            flows: n rows in the order in which they leave the meter, open ones among them.

        Raises:
            UsageError: the flows lack what context is made from.
        """
        if not self.columns:
            return flows
        n = len(flows)
        context = np.zeros((n, len(self.columns)), np.float32)
        missing = flows.lacks(NEEDED)
        if missing:
            raise UsageError(f"context needs {', '.join(missing)}, which these flows lack")
        self._make_room(n)
        identity = flows.identity
        groups = to_groups(flows)
        count(
            _words(identity["src_ip"]),
            _words(identity["dst_ip"]),
            _services(flows, groups),
            _asked(flows),
            np.column_stack(
                [
                    identity["capture"].astype(np.int64) * _FRAMES + identity["first_frame"],
                    identity["last_capture"].astype(np.int64) * _FRAMES + identity["last_frame"],
                    identity["start_us"],
                    identity["end_us"],
                ]
            ),
            _values(flows, groups),
            flows.connection["end_reason"],
            identity["open"],
            self._entities,
            self._told,
            self._clock,
            self._plan,
            context,
        )
        added: Mapping[str, NDArray[np.float32]] = {
            name: np.ascontiguousarray(context[:, place]) for place, name in enumerate(self.columns)
        }
        flows = replace(flows, context={**flows.context, **added})
        still_open = identity["open"]
        return flows.take(~still_open) if still_open.any() else flows

    def _make_room(self, n: int) -> None:
        """At least `n` free places for flows that are told open."""
        places = len(self._told.key)
        if places - int(self._told.state[1]) >= n:
            return
        grown = make_told(max(2 * places, int(self._told.state[1]) + n), len(self.columns))
        rehash(self._told, grown)
        self._told = grown


def _words(addresses: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Addresses uint8 [n, 16] as two words, uint64 [n, 2]."""
    return np.ascontiguousarray(addresses).view(">u8").astype(np.uint64)


def _services(flows: FlowBatch, groups: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Protocol and destination port, uint64 [n]; a group has one service of each protocol."""
    port = np.where(groups, 0, flows.identity["dst_port"]).astype(np.uint64)
    return (flows.identity["protocol"].astype(np.uint64) << np.uint64(16)) + port


def _asked(flows: FlowBatch) -> NDArray[np.uint64]:
    """Zone and name asked for, uint64 [n, 2]; zone 0: none, or nobody tells."""
    asked = np.zeros((len(flows), 2), np.uint64)
    if flows.connection.keys() >= _ASKED:
        asked[:, 0] = flows.connection["dns_zone"]
        asked[:, 1] = flows.connection["dns_name"]
    return asked


def _values(flows: FlowBatch, groups: NDArray[np.bool_]) -> NDArray[np.float64]:
    """What each flow adds to sums, float64 [n, VALUES], as `context.entities` numbers them."""
    state = flows.connection["state"]
    up = np.nan_to_num(flows.features["TotLen Fwd Pkts"].astype(np.float64))
    down = np.nan_to_num(flows.features["TotLen Bwd Pkts"].astype(np.float64))
    values = np.empty((len(flows), VALUES))
    values[:, FLOWS] = 1.0
    values[:, UNANSWERED] = (flows.features["Tot Bwd Pkts"] == 0) & ~groups
    values[:, REFUSED] = state == _REFUSED
    values[:, RESET] = np.isin(state, _RESET)
    values[:, EMPTY] = up + down == 0
    values[:, UP] = np.log1p(up)
    values[:, UP_SQUARED] = values[:, UP] ** 2
    values[:, DOWN] = np.log1p(down)
    values[:, DOWN_SQUARED] = values[:, DOWN] ** 2
    values[:, UP_BYTES] = up
    values[:, DOWN_BYTES] = down
    values[:, [QUESTIONS, NAMES, NAME_BYTES]] = 0.0
    if flows.connection.keys() >= _ASKED:
        values[:, QUESTIONS] = flows.connection["dns_questions"]
        # The first name of a flow counts where its source has not asked for it lately.
        values[:, NAMES] = np.maximum(flows.connection["dns_names"] - 1, 0)
        values[:, NAME_BYTES] = flows.connection["dns_name_bytes"]
    return values
