"""When a connection of KDD is over, and with which flag: the rules of peers.md 6.1 and 6.3.

Whether a packet still belongs to a connection is asked when it comes. Rows leave 180 s behind
their last packet, whatever ended them, so that they come in the order of their ends; a key that
another connection takes meanwhile leaves the old one `detached`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from netad_pcap.metering.connection import connection_state
from netad_pcap.metering.packets import LATER_FRAGMENT
from netad_pcap.metering.states import END_REASONS, STATES
from netad_pcap.metering.statistics import (
    ACK,
    SAW_BWD,
    SAW_BWD_FIN,
    SAW_BWD_RST,
    SAW_FWD,
    SAW_FWD_FIN,
    SAW_FWD_RST,
    SAW_SYN,
    SAW_SYN_ACK,
    SYN,
)
from netad_pcap.schema import KDD_SYMBOLS

__all__ = [
    "LET_ALONE_US",
    "detached",
    "flag_of",
    "follow_acknowledgments",
    "may_stay_until",
    "why_it_ended",
    "why_over_kdd",
]

_SECOND = 1_000_000
#: Silence that ends a connection, in µs (peers.md 6.1).
_UDP_US, _ICMP_US = 180 * _SECOND, 30 * _SECOND
_SYN_US, _ESTABLISHED_US, _RST_US = 120 * _SECOND, 5 * 86_400 * _SECOND, 10 * _SECOND
_FIN_US, _LAST_ACK_US = 120 * _SECOND, 30 * _SECOND
#: The longest of them that is not that of established connections: no row leaves before.
LET_ALONE_US = _UDP_US

_TCP, _UDP = 6, 17
_BY_IDLE, _BY_FIN, _BY_RST = (END_REASONS.index(name) for name in ("idle", "fin", "rst"))
_BY_REOPENING, _BY_ICMP = END_REASONS.index("reopened"), END_REASONS.index("icmp")
#: `state` of a record whose key another connection has taken.
_DETACHED = 1
#: Bits of `history` behind those of `statistics`: the FIN was acknowledged.
_FWD_FIN_ACKED, _BWD_FIN_ACKED = 512, 1024
_RESET = SAW_FWD_RST | SAW_BWD_RST
_BOTH_FINS = SAW_FWD_FIN | SAW_BWD_FIN
_BOTH_ACKED = _FWD_FIN_ACKED | _BWD_FIN_ACKED

_FLAGS = KDD_SYMBOLS["flag"]
#: Code of KDD's flag by that of Zeek's state; what KDD does not have began before the capture.
_FLAG_OF_STATE = np.array([_FLAGS.index(s) if s in _FLAGS else _FLAGS.index("OTH") for s in STATES])
_SF, _REJ, _S2, _S3 = (_FLAGS.index(name) for name in ("SF", "REJ", "S2", "S3"))
_STATE_SF, _STATE_RSTR = STATES.index("SF"), STATES.index("RSTR")

_kernel = njit(cache=True, error_model="numpy")


@_kernel
def _time_out(flow: Any) -> int:
    """Silence that ends the connection as it stands, µs."""
    history = np.int64(flow.history)
    if flow.protocol == _UDP:
        return _UDP_US
    if flow.protocol != _TCP:
        return _ICMP_US
    if history & _RESET:
        return _RST_US
    if history & _BOTH_FINS == _BOTH_FINS:
        return _LAST_ACK_US
    if history & _BOTH_FINS:
        return _FIN_US
    answered = SAW_SYN_ACK if history & SAW_SYN else SAW_BWD
    if history & answered and history & SAW_FWD:
        return _ESTABLISHED_US
    return _SYN_US


@_kernel
def why_over_kdd(flow: Any, packet: Any, now_us: int) -> int:
    """Why a connection is over before this packet of its key; 0: the packet belongs to it.

    Of ICMP each message is a connection: in the published data all have duration 0 and the
    size of one, though the extractor waits 30 s for more.
    """
    if now_us - flow.seen_at_us > _time_out(flow):
        return _BY_IDLE
    if packet.protocol == _TCP:
        begins = packet.flags & SYN and not packet.flags & ACK
        history = np.int64(flow.history)
        closed = history & _RESET or history & _BOTH_FINS == _BOTH_FINS
        return _BY_REOPENING if begins and closed else 0
    if packet.protocol == _UDP or packet.fragment_mark & LATER_FRAGMENT:
        return 0
    return _BY_ICMP


@_kernel
def follow_acknowledgments(flow: Any, fwd: Any, bwd: Any, packet: Any, forward: bool) -> None:
    """Notes that a packet acknowledges the other end's FIN."""
    if packet.protocol != _TCP or not packet.flags & ACK:
        return
    history = np.int64(flow.history)
    if not history & (SAW_BWD_FIN if forward else SAW_FWD_FIN):
        return
    sent = np.int64(bwd.next_sequence) if forward else np.int64(fwd.next_sequence)
    # A FIN takes a place in the sequence (RFC 9293 3.4).
    if (np.int64(packet.acknowledgment) - sent - 1) & 0xFFFFFFFF < 0x80000000:
        flow.history = history | (_BWD_FIN_ACKED if forward else _FWD_FIN_ACKED)


@_kernel
def flag_of(history: int, protocol: int, payload: int) -> Any:
    """Code of KDD's flag, a place in `KDD_SYMBOLS["flag"]`: Zeek's state, corrected.

    Args:
        history: bits of the connection.
        protocol: of IP.
        payload: bytes of both ends.
    """
    if protocol != _TCP:
        return _SF
    begun = history & SAW_SYN and history & SAW_SYN_ACK
    if begun and history & _BOTH_ACKED == _BOTH_ACKED:
        return _SF  # a reset behind the end changes nothing
    state = connection_state(history, protocol)
    if state == _STATE_RSTR and payload == 0:
        return _REJ
    if state == _STATE_SF:
        return _S3 if history & _BWD_FIN_ACKED else _S2
    return np.int64(_FLAG_OF_STATE[state])


@_kernel
def detached() -> int:
    """`state` of a record whose key another connection has taken."""
    return _DETACHED


@_kernel
def may_stay_until(flow: Any) -> Any:
    """First whole second at which an established connection is over; 0 for all others."""
    if flow.state == _DETACHED or flow.protocol != _TCP:
        return 0
    if _time_out(flow) != _ESTABLISHED_US:
        return 0
    return np.int64((flow.seen_at_us + _ESTABLISHED_US) // _SECOND + 1)


@_kernel
def why_it_ended(flow: Any) -> int:
    """What ended a connection that nobody asked for any more."""
    history = np.int64(flow.history)
    if history & _RESET:
        return _BY_RST
    if history & _BOTH_FINS == _BOTH_FINS:
        return _BY_FIN
    return _BY_IDLE
