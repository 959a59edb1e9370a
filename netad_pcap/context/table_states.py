"""What a flow table tells of connections: attempts refused, connections reset.

The meter knows each flow's connection state, tables have flag columns: which ones, and how much
they tell, depends on the profile (cicflowmeter.md 5 and 6).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch
from netad_pcap.metering.states import STATES

__all__ = ["OTHER", "ended", "needed_of_tables", "read_of_tables", "states_of", "with_states"]

#: What context is made from in any table.
_ALWAYS = (
    "src_ip", "dst_ip", "dst_port", "protocol", "start_us", "end_us",
    "Tot Bwd Pkts", "TotLen Fwd Pkts", "TotLen Bwd Pkts",
)  # fmt: skip
_READ = (
    "Src IP", "Dst IP", "Src Port", "Dst Port", "Protocol", "Timestamp", "Flow Duration",
    "Tot Bwd Pkts", "TotLen Fwd Pkts", "TotLen Bwd Pkts",
)  # fmt: skip
#: Time from the first packet of a connection that may go on over several flows.
_CONNECTION_TIME = ("Total Connection Flow Time", "Total TCP Flow Time")
_TCP = 6
#: A TCP header without options, bytes.
_BARE_HEADER = 20
OTHER, _REFUSED, _RESET = (STATES.index(name) for name in ("OTH", "REJ", "RSTO"))

_Told = tuple[NDArray[np.bool_], NDArray[np.bool_]]


def needed_of_tables(profile: str | None) -> tuple[str, ...]:
    """The columns that context is made from in a table of a profile."""
    columns, _ = _RULES.get(profile, _BY_SIZES)
    return (*_ALWAYS, *columns)


def read_of_tables(profile: str | None) -> frozenset[str]:
    """The same and what helps where it is there, as tables call them (2018 spelling)."""
    columns, _ = _RULES.get(profile, _BY_SIZES)
    return frozenset((*_READ, *columns, *_CONNECTION_TIME))


def ended(flows: FlowBatch) -> NDArray[np.bool_]:
    """Flows that ended with their last packet, bool [n]: cic-v4 ends them at a RST that is not
    their first packet, and at the backward FIN; a FIN of the first packet, where no SYN is, is
    counted and ends nothing (cicflowmeter.md 4).

    Other ends do not show, a backward FIN before the forward one neither; but what comes behind
    them is a flow of the same ends and ports.
    """
    if flows.profile != "cic-v4":
        return np.zeros(len(flows), np.bool_)
    features = flows.features
    reset = features["RST Flag Cnt"] > 0
    reset &= features["Tot Fwd Pkts"] + features["Tot Bwd Pkts"] > 1
    return np.asarray(reset | ((features["SYN Flag Cnt"] > 0) & (features["FIN Flag Cnt"] > 1)))


def states_of(flows: FlowBatch) -> NDArray[np.uint8]:
    """Places in `STATES`, as far as counters tell states apart: REJ for each refused attempt, RSTO
    for each reset, else OTH.

    Args:
        flows: n rows of a table that has the columns of `needed_of_tables`.
    """
    _, rule = _RULES.get(flows.profile, _BY_SIZES)
    refused, reset = rule(flows)
    tcp = flows.identity["protocol"] == _TCP
    state = np.full(len(flows), OTHER, np.uint8)
    state[tcp & reset] = _RESET
    state[tcp & refused] = _REFUSED
    return state


def with_states(flows: FlowBatch) -> FlowBatch:
    """The rows of a table with their connection states, where it has what tells them apart."""
    if flows.lacks(needed_of_tables(flows.profile)):
        return flows
    return replace(flows, connection={**flows.connection, "state": states_of(flows)})


def _by_direction(flows: FlowBatch) -> _Told:
    """The corrected fork counts RSTs by direction. Behind a SYN, an attempt is refused where
    nothing but RSTs came back. A flow without SYN whose connection has gone on before belongs to
    one that was set up; a first packet's RST, which the fork of 2022 does not count, resets
    nothing."""
    features = flows.features
    back = features["Bwd RST Flags"]
    begun = features["SYN Flag Cnt"] > 0
    refused = begun & (back > 0) & (back >= features["Tot Bwd Pkts"])
    for name in _CONNECTION_TIME:
        if name in features:
            begun = begun | (features[name] > features["Flow Duration"])
    return refused, begun & (features["Fwd RST Flags"] + back > 0)


def _by_count(flows: FlowBatch) -> _Told:
    """cic-v4 counts RSTs of both ends and ends a flow at the first. It is the one packet that came
    back where there is no second SYN, or that packet has a header without options: a SYN-ACK has
    some."""
    features = flows.features
    reset = (features["SYN Flag Cnt"] > 0) & (features["RST Flag Cnt"] > 0)
    bare = features["Bwd Header Len"] == _BARE_HEADER
    answer_is_reset = (features["Tot Bwd Pkts"] == 1) & (bare | (features["SYN Flag Cnt"] == 1))
    return reset & answer_is_reset & _without_payload(flows), reset


def _by_first_packet(flows: FlowBatch) -> _Told:
    """cic-2018 tells flags of the first packet only, its SYN in a column of another name. An
    attempt is refused where all that came back are headers without options. Resets are not told.
    """
    begun = flows.features["PSH Flag Cnt"] > 0
    return begun & _bare_answers(flows), np.zeros(len(flows), np.bool_)


def _by_sizes(flows: FlowBatch) -> _Told:
    """Of foreign tables nobody knows what their flag columns hold: as in cic-2018, and the answers
    have no window, as RSTs mostly have none."""
    closed = flows.features["Init Bwd Win Byts"] == 0
    return closed & _bare_answers(flows), np.zeros(len(flows), np.bool_)


def _bare_answers(flows: FlowBatch) -> NDArray[np.bool_]:
    """Something came back, without payload, and no header with options as a SYN-ACK has them."""
    back = flows.features["Tot Bwd Pkts"]
    bare = (back > 0) & (flows.features["Bwd Header Len"] == _BARE_HEADER * back)
    return np.asarray(bare & _without_payload(flows))


def _without_payload(flows: FlowBatch) -> NDArray[np.bool_]:
    up, down = flows.payload()
    return np.asarray(up + down == 0)


_BY_SIZES = (("Bwd Header Len", "Init Bwd Win Byts"), _by_sizes)
_BY_DIRECTION = (("SYN Flag Cnt", "Fwd RST Flags", "Bwd RST Flags"), _by_direction)
#: Profile → the columns that its rule reads beside those of `_ALWAYS`, and the rule.
_RULES: Mapping[str | None, tuple[tuple[str, ...], Callable[[FlowBatch], _Told]]] = (
    MappingProxyType(
        {
            "cic-fixed": _BY_DIRECTION,
            "cic-fixed-2022": _BY_DIRECTION,
            "cic-v4": (
                ("Tot Fwd Pkts", "FIN Flag Cnt", "SYN Flag Cnt", "RST Flag Cnt", "Bwd Header Len"),
                _by_count,
            ),
            "cic-2018": (("PSH Flag Cnt", "Bwd Header Len"), _by_first_packet),
        }
    )
)
