"""What a packet adds to its flow's record: lengths, interarrival times, flags, bulks, periods.

The second half of the rule book (cicflowmeter.md 5 to 8); `kernel` decides which
flow a packet belongs to and when that flow ends. All times µs, lengths bytes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from netad_pcap.metering.packets import BAD_FRAGMENT
from netad_pcap.metering.rules import (
    ACTIVITY_TIMEOUT_US,
    BULK_BY_DIRECTION,
    BULK_MIXED,
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
def _bulk_forward(side: Any, time_us: int, payload: int, other_end_us: int) -> None:
    """One step of the forward bulk machine (cicflowmeter.md 7)."""
    if other_end_us > side.fwd_start_us:
        side.fwd_start_us = 0
    if payload <= 0:
        return
    since = time_us - side.fwd_end_us
    if side.fwd_start_us == 0 or since / 1000000.0 > 1.0:
        side.fwd_start_us = time_us
        side.fwd_count = 1
        side.fwd_size = payload
    else:
        side.fwd_count += 1
        side.fwd_size += payload
        if side.fwd_count == 4:
            side.fwd_bulks += 1
            side.fwd_packets += 4
            side.fwd_bytes += side.fwd_size
            side.fwd_duration_us += time_us - side.fwd_start_us
        elif side.fwd_count > 4:
            side.fwd_packets += 1
            side.fwd_bytes += payload
            side.fwd_duration_us += since
    side.fwd_end_us = time_us


@_kernel
def _bulk_backward(side: Any, time_us: int, payload: int, other_end_us: int) -> None:
    """One step of the backward bulk machine; fields of a record cannot be chosen at run time."""
    if other_end_us > side.bwd_start_us:
        side.bwd_start_us = 0
    if payload <= 0:
        return
    since = time_us - side.bwd_end_us
    if side.bwd_start_us == 0 or since / 1000000.0 > 1.0:
        side.bwd_start_us = time_us
        side.bwd_count = 1
        side.bwd_size = payload
    else:
        side.bwd_count += 1
        side.bwd_size += payload
        if side.bwd_count == 4:
            side.bwd_bulks += 1
            side.bwd_packets += 4
            side.bwd_bytes += side.bwd_size
            side.bwd_duration_us += time_us - side.bwd_start_us
        elif side.bwd_count > 4:
            side.bwd_packets += 1
            side.bwd_bytes += payload
            side.bwd_duration_us += since
    side.bwd_end_us = time_us


@_kernel
def _add_bulk(flow: Any, side: Any, packet: Any, forward: bool, rules: Any) -> None:
    """Feeds the bulk machines as the profile does; nothing before the first payload."""
    if not flow.has_bulk:
        if packet.payload <= 0:
            return
        flow.has_bulk = True
        side.fwd_start_us = 0
        side.fwd_end_us = 0
        side.fwd_bulks = 0
        side.fwd_packets = 0
        side.fwd_bytes = 0
        side.fwd_duration_us = 0
        side.bwd_start_us = 0
        side.bwd_end_us = 0
        side.bwd_bulks = 0
        side.bwd_packets = 0
        side.bwd_bytes = 0
        side.bwd_duration_us = 0
    if rules.bulk == BULK_MIXED:
        # The tool compares identities that are never equal: all packets go backward.
        _bulk_backward(side, packet.time_us, packet.payload, 0)
    elif forward:
        _bulk_forward(side, packet.time_us, packet.payload, side.bwd_end_us)
    else:
        _bulk_backward(side, packet.time_us, packet.payload, side.fwd_end_us)


@_kernel
def _sequence_bytes(packet: Any, next_sequence: int) -> int:
    """Bytes of the sequence space behind `next_sequence` that the segment adds (may wrap)."""
    syn = 1 if packet.flags & SYN else 0
    ahead = (int(packet.sequence) + syn + packet.payload - next_sequence) & 0xFFFFFFFF
    return 0 if ahead >= 0x80000000 else ahead


@_kernel
def _add_forward(flow: Any, packet: Any, total: int, rules: Any) -> None:
    payload = packet.payload
    time_us = packet.time_us
    n = flow.fwd_packets + 1
    flow.fwd_packets = n
    if n == 1:
        flow.fwd_len_mean = payload
        flow.fwd_len_min = payload
        flow.fwd_len_max = payload
    else:
        flow.fwd_len_mean, flow.fwd_len_q = _running(
            flow.fwd_len_mean, flow.fwd_len_q, float(payload), float(n)
        )
        flow.fwd_len_min = min(flow.fwd_len_min, payload)
        flow.fwd_len_max = max(flow.fwd_len_max, payload)
        gap = time_us - flow.fwd_end_us
        flow.fwd_iat_mean, flow.fwd_iat_q = _running(
            flow.fwd_iat_mean, flow.fwd_iat_q, float(gap), n - 1.0
        )
        flow.fwd_iat_sum += gap
        flow.fwd_iat_min = gap if n == 2 else min(flow.fwd_iat_min, gap)
        flow.fwd_iat_max = gap if n == 2 else max(flow.fwd_iat_max, gap)
    flow.fwd_end_us = time_us
    flow.fwd_len_sum += payload
    flow.fwd_header_sum += packet.header
    if total == 0:
        flow.fwd_header_min = packet.header
        flow.fwd_window = packet.window
    else:
        # Where the first packet went backward the minimum started at 0 and stays there.
        flow.fwd_header_min = min(flow.fwd_header_min, packet.header)
    if payload >= 1 and (total > 0 or rules.first_act_data_counts):
        flow.fwd_data_packets += 1
    flags = packet.flags
    flow.fwd_fin += flags & 1
    flow.fwd_syn += (flags >> 1) & 1
    flow.fwd_rst += (flags >> 2) & 1
    flow.fwd_psh += (flags >> 3) & 1
    flow.fwd_urg += (flags >> 5) & 1
    if packet.protocol == _TCP:
        if n == 1:
            syn = 1 if flags & SYN else 0
            flow.fwd_next_sequence = (int(packet.sequence) + syn + payload) & 0xFFFFFFFF
            flow.fwd_sequence_bytes = payload
        else:
            ahead = _sequence_bytes(packet, int(flow.fwd_next_sequence))
            flow.fwd_next_sequence = (int(flow.fwd_next_sequence) + ahead) & 0xFFFFFFFF
            flow.fwd_sequence_bytes += ahead


@_kernel
def _add_backward(flow: Any, packet: Any, total: int, rules: Any) -> None:
    payload = packet.payload
    time_us = packet.time_us
    n = flow.bwd_packets + 1
    flow.bwd_packets = n
    if n == 1:
        flow.bwd_len_mean = payload
        flow.bwd_len_min = payload
        flow.bwd_len_max = payload
    else:
        flow.bwd_len_mean, flow.bwd_len_q = _running(
            flow.bwd_len_mean, flow.bwd_len_q, float(payload), float(n)
        )
        flow.bwd_len_min = min(flow.bwd_len_min, payload)
        flow.bwd_len_max = max(flow.bwd_len_max, payload)
        gap = time_us - flow.bwd_end_us
        flow.bwd_iat_mean, flow.bwd_iat_q = _running(
            flow.bwd_iat_mean, flow.bwd_iat_q, float(gap), n - 1.0
        )
        flow.bwd_iat_sum += gap
        flow.bwd_iat_min = gap if n == 2 else min(flow.bwd_iat_min, gap)
        flow.bwd_iat_max = gap if n == 2 else max(flow.bwd_iat_max, gap)
    flow.bwd_end_us = time_us
    flow.bwd_len_sum += payload
    flow.bwd_header_sum += packet.header
    if total == 0:
        flow.bwd_header_min = packet.header
    else:
        flow.bwd_header_min = min(flow.bwd_header_min, packet.header)
    if not rules.first_backward_window or total == 0 or flow.bwd_window == 0:
        flow.bwd_window = packet.window
    if payload >= 1:
        flow.bwd_data_packets += 1
    if packet.protocol == _TCP:
        if n == 1:
            syn = 1 if packet.flags & SYN else 0
            flow.bwd_next_sequence = (int(packet.sequence) + syn + payload) & 0xFFFFFFFF
            flow.bwd_sequence_bytes = payload
        else:
            ahead = _sequence_bytes(packet, int(flow.bwd_next_sequence))
            flow.bwd_next_sequence = (int(flow.bwd_next_sequence) + ahead) & 0xFFFFFFFF
            flow.bwd_sequence_bytes += ahead


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
    bulk: Any,
    periods: Any,
    packet: Any,
    forward: bool,
    capture: int,
    rules: Any,
) -> None:
    """Adds a packet to its flow's record; the first one also begins the record's times.

    Args:
        flow, bulk, periods: the flow's FLOW, BULK and PERIODS records.
        packet: a PACKET record.
        forward: its direction.
        capture: number of the file that it stands in.
        rules: the profile's row of `rules.RULES`.
    """
    time_us = packet.time_us
    payload = packet.payload
    flags = packet.flags
    total = flow.fwd_packets + flow.bwd_packets
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
        flow.all_len_mean = payload
        flow.first_payload = payload
        if rules.subflow != SUBFLOW_GAPS and time_us - time_us / 1000000.0 > 1.0:
            flow.gaps = 1  # cic-2018 stays there; cic-fixed-2022 counts every packet
    else:
        gap = time_us - flow.end_us
        flow.iat_mean, flow.iat_q = _running(flow.iat_mean, flow.iat_q, float(gap), float(total))
        flow.iat_min = gap if total == 1 else min(flow.iat_min, gap)
        flow.iat_max = gap if total == 1 else max(flow.iat_max, gap)
        n = total + 2 if rules.first_twice else total + 1
        flow.all_len_mean, flow.all_len_q = _running(
            flow.all_len_mean, flow.all_len_q, float(payload), float(n)
        )
        if rules.subflow == SUBFLOW_GAPS:
            if gap / 1000000.0 > 1.0:
                flow.gaps += 1
                touch(flow, periods, time_us)
        elif rules.subflow == SUBFLOW_PACKETS and time_us - flow.end_us / 1000000.0 > 1.0:
            flow.gaps += 1  # the tool divides before it subtracts
            touch(flow, periods, time_us)
    if forward:
        _add_forward(flow, packet, total, rules)
    else:
        _add_backward(flow, packet, total, rules)
    flow.end_us = time_us
    flow.last_frame = packet.frame
    flow.last_capture = capture
    flow.ext |= packet.ext
    if packet.fragment_mark & BAD_FRAGMENT:
        flow.bad_fragments += 1
    if packet.protocol == _TCP:
        flow.fin += flags & 1
        flow.syn += (flags >> 1) & 1
        flow.rst += (flags >> 2) & 1
        flow.psh += (flags >> 3) & 1
        flow.ack += (flags >> 4) & 1
        flow.urg += (flags >> 5) & 1
        flow.ece += (flags >> 6) & 1
        flow.cwr += (flags >> 7) & 1
    _note_history(flow, np.int64(flags), forward)
    if rules.bulk == BULK_BY_DIRECTION or rules.bulk == BULK_MIXED:
        _add_bulk(flow, bulk, packet, forward, rules)
