"""What a packet adds to its flow's record: lengths, interarrival times, flags, bulks, periods.

The second half of the rule book (cicflowmeter.md 5 to 8); `kernel` decides which
flow a packet belongs to and when that flow ends. All times µs, lengths bytes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from netad_pcap.metering.packets import BAD_FRAGMENT, FAULTS_SHIFT, LATER_FRAGMENT
from netad_pcap.metering.questions import note_question
from netad_pcap.metering.rules import (
    ACTIVITY_TIMEOUT_US,
    BULK_BY_DIRECTION,
    BULK_MIXED,
    LIFE_KDD,
    SUBFLOW_GAPS,
    SUBFLOW_PACKETS,
)

__all__ = [
    "ACK",
    "FIN",
    "PSH",
    "RST",
    "SAW_BWD",
    "SAW_BWD_FIN",
    "SAW_BWD_RST",
    "SAW_BWD_RST_FIRST",
    "SAW_FWD",
    "SAW_FWD_FIN",
    "SAW_FWD_RST",
    "SAW_SYN",
    "SAW_SYN_ACK",
    "SYN",
    "URG",
    "add_packet",
    "touch",
]

#: TCP flags (RFC 9293 3.1).
FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = 1, 2, 4, 8, 16, 32, 64, 128

#: Bits of a flow's `history`, from which its connection state is read.
SAW_SYN, SAW_SYN_ACK = 1, 2
SAW_FWD_FIN, SAW_BWD_FIN = 4, 8
SAW_FWD_RST, SAW_BWD_RST, SAW_BWD_RST_FIRST = 16, 32, 64
SAW_FWD, SAW_BWD = 128, 256

_TCP = 6
_kernel = njit(cache=True, error_model="numpy")


@_kernel
def _running(mean: float, q: float, value: float, n: float) -> tuple[float, float]:
    """Mean and sum of squared deviations with the n-th value, in the tool's own order of
    operations (cicflowmeter.md 5): its last bits depend on it."""
    deviation = value - mean
    step = deviation / n
    return mean + step, q + (n - 1.0) * deviation * step


@_kernel
def touch(flow: Any, side: Any, time_us: int) -> None:
    """Active and idle periods at a packet (cicflowmeter.md 8).

    Records, not arrays, are handed down: numba counts references of arrays at every call.

    Args:
        flow, side: the flow's FLOW and PERIODS records.
        time_us: the packet's time.
    """
    silence = time_us - flow.active_end_us
    if silence > ACTIVITY_TIMEOUT_US:
        if not flow.has_periods:
            flow.has_periods = True
            side.active_count = 0
            side.active_mean = 0.0
            side.active_q = 0.0
            side.idle_count = 0
            side.idle_mean = 0.0
            side.idle_q = 0.0
        active = flow.active_end_us - flow.active_start_us
        if active > 0:
            side.active_count += 1
            side.active_mean, side.active_q = _running(
                side.active_mean, side.active_q, float(active), float(side.active_count)
            )
            if side.active_count == 1 or active < side.active_min:
                side.active_min = active
            if side.active_count == 1 or active > side.active_max:
                side.active_max = active
        side.idle_count += 1
        side.idle_mean, side.idle_q = _running(
            side.idle_mean, side.idle_q, float(silence), float(side.idle_count)
        )
        if side.idle_count == 1 or silence < side.idle_min:
            side.idle_min = silence
        if side.idle_count == 1 or silence > side.idle_max:
            side.idle_max = silence
        flow.active_start_us = time_us
    flow.active_end_us = time_us


@_kernel
def _begin_bulk(bulk: Any) -> None:
    bulk.start_us = 0
    bulk.end_us = 0
    bulk.bulks = 0
    bulk.packets = 0
    bulk.bytes = 0
    bulk.duration_us = 0


@_kernel
def _step_bulk(bulk: Any, time_us: int, payload: int, other_end_us: int) -> None:
    """One step of a direction's bulk machine (cicflowmeter.md 7).

    Args:
        bulk: the direction's BULK record.
        time_us, payload: of the packet.
        other_end_us: when the other direction's machine last had a payload.
    """
    if other_end_us > bulk.start_us:
        bulk.start_us = 0
    if payload <= 0:
        return
    since = time_us - bulk.end_us
    if bulk.start_us == 0 or since / 1000000.0 > 1.0:
        bulk.start_us = time_us
        bulk.count = 1
        bulk.size = payload
    else:
        bulk.count += 1
        bulk.size += payload
        if bulk.count == 4:
            bulk.bulks += 1
            bulk.packets += 4
            bulk.bytes += bulk.size
            bulk.duration_us += time_us - bulk.start_us
        elif bulk.count > 4:
            bulk.packets += 1
            bulk.bytes += payload
            bulk.duration_us += since
    bulk.end_us = time_us


@_kernel
def _add_bulk(
    flow: Any, forward_bulk: Any, backward_bulk: Any, packet: Any, forward: bool, rules: Any
) -> None:
    """Feeds the bulk machines as the profile does; nothing before the first payload."""
    if not flow.has_bulk:
        if packet.payload <= 0:
            return
        flow.has_bulk = True
        _begin_bulk(forward_bulk)
        _begin_bulk(backward_bulk)
    if rules.bulk == BULK_MIXED:
        # The tool compares identities that are never equal: all packets go backward.
        _step_bulk(backward_bulk, packet.time_us, packet.payload, np.int64(0))
    elif forward:
        _step_bulk(forward_bulk, packet.time_us, packet.payload, backward_bulk.end_us)
    else:
        _step_bulk(backward_bulk, packet.time_us, packet.payload, forward_bulk.end_us)


@_kernel
def _sequence_bytes(packet: Any, next_sequence: int) -> int:
    """Bytes of the sequence space behind `next_sequence` that the segment adds (may wrap)."""
    syn = 1 if packet.flags & SYN else 0
    ahead = (int(packet.sequence) + syn + packet.payload - next_sequence) & 0xFFFFFFFF
    return 0 if ahead >= 0x80000000 else ahead


@_kernel
def _add_to_way(way: Any, packet: Any, forward: bool, first: bool, rules: Any) -> None:
    """Adds a packet to the record of its direction.

    Args:
        way: the direction's WAY record.
        packet: a PACKET record.
        forward: the direction.
        first: whether it is the flow's first packet.
        rules: the profile's row of `rules.RULES`.
    """
    payload = packet.payload
    time_us = packet.time_us
    n = way.packets + 1
    way.packets = n
    if n == 1:
        way.len_mean = payload
        way.len_min = payload
        way.len_max = payload
    else:
        way.len_mean, way.len_q = _running(way.len_mean, way.len_q, float(payload), float(n))
        way.len_min = min(way.len_min, payload)
        way.len_max = max(way.len_max, payload)
        gap = time_us - way.end_us
        way.iat_mean, way.iat_q = _running(way.iat_mean, way.iat_q, float(gap), n - 1.0)
        way.iat_sum += gap
        way.iat_min = gap if n == 2 else min(way.iat_min, gap)
        way.iat_max = gap if n == 2 else max(way.iat_max, gap)
    way.end_us = time_us
    way.len_sum += payload
    way.header_sum += packet.header
    # Where the first packet went the other way the minimum started at 0 and stays there.
    way.header_min = packet.header if first else min(way.header_min, packet.header)
    if forward:
        if first:
            way.window = packet.window
    elif not rules.first_backward_window or first or way.window == 0:
        way.window = packet.window
    if payload >= 1 and (rules.first_act_data_counts or not (forward and first)):
        way.data_packets += 1
    flags = packet.flags
    way.fin += flags & 1
    way.syn += (flags >> 1) & 1
    way.rst += (flags >> 2) & 1
    way.psh += (flags >> 3) & 1
    way.urg += (flags >> 5) & 1
    if packet.protocol == _TCP:
        if n == 1:
            syn = 1 if flags & SYN else 0
            way.next_sequence = (int(packet.sequence) + syn + payload) & 0xFFFFFFFF
            way.sequence_bytes = payload
        elif rules.life == LIFE_KDD and packet.fragment_mark & LATER_FRAGMENT:
            way.next_sequence = (int(way.next_sequence) + payload) & 0xFFFFFFFF
            way.sequence_bytes += payload
        elif rules.life == LIFE_KDD and flags & (SYN | RST):
            # Another attempt, or numbers that nobody holds to: no bytes between.
            if flags & SYN:
                way.next_sequence = (int(packet.sequence) + 1 + payload) & 0xFFFFFFFF
        else:
            ahead = _sequence_bytes(packet, int(way.next_sequence))
            way.next_sequence = (int(way.next_sequence) + ahead) & 0xFFFFFFFF
            way.sequence_bytes += ahead


@_kernel
def _note_history(flow: Any, flags: int, forward: bool) -> None:
    """What the connection's state is read from later (Zeek's conn_state)."""
    seen = flow.history
    if forward:
        seen |= SAW_FWD
        if flags & SYN and not flags & ACK:
            seen |= SAW_SYN
        if flags & FIN:
            seen |= SAW_FWD_FIN
        if flags & RST:
            seen |= SAW_FWD_RST
    else:
        seen |= SAW_BWD
        if flags & SYN and flags & ACK:
            seen |= SAW_SYN_ACK
        if flags & FIN:
            seen |= SAW_BWD_FIN
        if flags & RST:
            if not seen & SAW_FWD_RST:
                seen |= SAW_BWD_RST_FIRST
            seen |= SAW_BWD_RST
    flow.history = seen


@_kernel
def add_packet(
    flow: Any,
    way: Any,
    forward_bulk: Any,
    backward_bulk: Any,
    periods: Any,
    packet: Any,
    forward: bool,
    capture: int,
    rules: Any,
) -> None:
    """Adds a packet to its flow's record; the first one also begins the record's times.

    Args:
        flow, periods: the flow's FLOW and PERIODS records.
        way: the WAY record of the packet's direction.
        forward_bulk, backward_bulk: the BULK records of both.
        packet: a PACKET record.
        forward: its direction.
        capture: number of the file that it stands in.
        rules: the profile's row of `rules.RULES`.
    """
    time_us = packet.time_us
    payload = packet.payload
    flags = packet.flags
    total = flow.packets
    flow.packets = total + 1
    if total == 0:
        flow.start_us = time_us
        flow.active_start_us = time_us
        flow.active_end_us = time_us
        flow.first_flags = flags
        flow.first_forward = forward
        flow.first_frame = packet.frame
        flow.first_capture = capture
        flow.icmp_type = packet.icmp_type
        flow.icmp_code = packet.icmp_code
        flow.tag = packet.tag
        flow.len_mean = payload
        flow.first_payload = payload
        if rules.subflow != SUBFLOW_GAPS and time_us - time_us / 1000000.0 > 1.0:
            flow.gaps = 1  # cic-2018 stays there; cic-fixed-2022 counts every packet
    else:
        gap = time_us - flow.end_us
        flow.iat_mean, flow.iat_q = _running(flow.iat_mean, flow.iat_q, float(gap), float(total))
        flow.iat_min = gap if total == 1 else min(flow.iat_min, gap)
        flow.iat_max = gap if total == 1 else max(flow.iat_max, gap)
        n = total + 2 if rules.first_twice else total + 1
        flow.len_mean, flow.len_q = _running(flow.len_mean, flow.len_q, float(payload), float(n))
        if rules.subflow == SUBFLOW_GAPS:
            if gap / 1000000.0 > 1.0:
                flow.gaps += 1
                touch(flow, periods, time_us)
        elif rules.subflow == SUBFLOW_PACKETS and time_us - flow.end_us / 1000000.0 > 1.0:
            flow.gaps += 1  # the tool divides before it subtracts
            touch(flow, periods, time_us)
    _add_to_way(way, packet, forward, total == 0, rules)
    flow.end_us = time_us
    flow.last_frame = packet.frame
    flow.last_capture = capture
    flow.ext |= packet.ext
    if rules.life == LIFE_KDD:
        flow.bad_fragments += packet.fragment_mark >> FAULTS_SHIFT
    elif packet.fragment_mark & BAD_FRAGMENT:
        flow.bad_fragments += 1
    if packet.protocol == _TCP:
        flow.ack += (flags >> 4) & 1
        flow.ece += (flags >> 6) & 1
        flow.cwr += (flags >> 7) & 1
    elif packet.acknowledgment != 0:
        note_question(flow, packet)
    _note_history(flow, np.int64(flags), forward)
    if rules.bulk == BULK_BY_DIRECTION or rules.bulk == BULK_MIXED:
        _add_bulk(flow, forward_bulk, backward_bulk, packet, forward, rules)
