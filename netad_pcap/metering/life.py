"""When a flow is over, and what begins then: the rules of cicflowmeter.md 4 as questions.

`kernel` asks them for each packet of a flow that is open; the answers change nothing but
the fork's state.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from netad_pcap.metering.ending import (
    BY_FIN,
    BY_ICMP,
    BY_IDLE,
    BY_REOPENING,
    BY_RST,
    BY_TIMEOUT,
)
from netad_pcap.metering.kdd.life import why_over_kdd
from netad_pcap.metering.rules import FLOW_TIMEOUT_US, LIFE_2018, LIFE_FORK, LIFE_KDD
from netad_pcap.metering.statistics import ACK, FIN, RST, SYN

__all__ = ["DROPPED", "begins_afresh", "follow_closing", "why_last", "why_over"]

#: Answer of `why_last`: the packet belongs to nobody.
DROPPED = -1

#: States of the fork (cicflowmeter.md 4).
_NONE, _F1, _F2, _READY = 0, 1, 2, 3
_TCP, _UDP = 6, 17

_kernel = njit(cache=True, error_model="numpy")


@_kernel
def why_over(flow: Any, packet: Any, now_us: int, rules: Any, strict: bool) -> int:
    """Why a flow is over before this packet of its five-tuple; 0: the packet belongs to it."""
    if rules.life == LIFE_KDD:
        return int(why_over_kdd(flow, packet, now_us))
    if not strict and now_us - flow.seen_at_us > FLOW_TIMEOUT_US:
        return BY_IDLE
    if packet.time_us - flow.start_us > FLOW_TIMEOUT_US:
        return BY_TIMEOUT
    if rules.life == LIFE_FORK:
        if flow.state == _READY and packet.flags & SYN:
            return BY_REOPENING
        if packet.flags & (FIN | RST | ACK):
            return 0
    if (
        packet.icmp_type >= 0
        and packet.icmp_type != flow.icmp_type
        and packet.icmp_code != flow.icmp_code
    ):
        return BY_ICMP
    return 0


@_kernel
def why_last(flow: Any, fwd: Any, packet: Any, forward: bool, rules: Any) -> int:
    """Why a flow ends with this packet of its own; 0: it goes on.

    `DROPPED` where upstream v4 throws the packet away: a forward FIN behind another one.
    """
    if rules.life == LIFE_FORK or rules.life == LIFE_KDD:
        return 0
    if packet.flags & FIN:
        if rules.life == LIFE_2018 or not forward:
            return BY_FIN
        counted = np.int64(fwd.fin)
        if flow.first_forward:  # the tool forgets the first packet's
            counted -= flow.first_flags & FIN
        return DROPPED if counted > 0 else 0
    if packet.flags & RST and rules.life != LIFE_2018:
        return BY_RST
    return 0


@_kernel
def begins_afresh(flow: Any, packet: Any, ended: int, rules: Any) -> bool:
    """Whether behind `flow` a new connection begins; else the next flow is its continuation
    and inherits source and destination."""
    if ended == BY_IDLE or rules.life == LIFE_KDD:
        return True
    if rules.life != LIFE_FORK:
        return bool(ended == BY_ICMP)
    if packet.protocol == _TCP:
        syn_ack = packet.flags & SYN and packet.flags & ACK
        return bool(
            flow.state == _READY and packet.flags & SYN and (rules.syn_ack_reopens or not syn_ack)
        )
    if packet.protocol == _UDP:
        return bool(not rules.udp_continues or packet.time_us - flow.end_us > FLOW_TIMEOUT_US)
    return True


@_kernel
def follow_closing(flow: Any, fwd: Any, bwd: Any, flags: int, rules: Any) -> None:
    """The fork's state behind a packet that was added: FIN from both ends, then ACK, or RST."""
    if flags & FIN:
        if flow.state == _NONE:
            flow.state = _F1
        elif flow.state == _F1:
            fwd_fins, bwd_fins = np.int64(fwd.fin), np.int64(bwd.fin)
            if not rules.first_fin_counts and flow.first_flags & FIN:
                if flow.first_forward:
                    fwd_fins -= 1
                else:
                    bwd_fins -= 1
            if fwd_fins > 0 and bwd_fins > 0:
                flow.state = _F2
    elif flags & RST or (flags & ACK and flow.state == _F2):
        flow.state = _READY
