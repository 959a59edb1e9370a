"""Finished flow records to columns: the formulas of cicflowmeter.md 5 to 8.

One row at a time from the records, which are in the cache or asked for ahead, to all columns;
`tests/naive/emission.py` is the same column by column.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from netad_pcap.metering.connection import connection_state
from netad_pcap.metering.extensions import EXTENSIONS
from netad_pcap.metering.prefetch import prefetch
from netad_pcap.metering.records import FLOW, WAY
from netad_pcap.metering.rules import SUBFLOW_GAPS
from netad_pcap.metering.statistics import ACK, CWR, ECE, FIN, PSH, RST, SYN, URG

__all__ = ["emit", "write_connection", "write_identity"]

_ONE = EXTENSIONS["one"].bit
_TCP, _UDP = 6, 17
_SECOND_US = 1000000.0
#: How many rows ahead records are asked for, and the bytes of a cache line.
_AHEAD, _LINE = 4, 64
_FLOW_BYTES, _WAY_BYTES = FLOW.itemsize, WAY.itemsize

_kernel = njit(cache=True, error_model="numpy")


@_kernel
def emit(
    flows: Any,
    ways: Any,
    bulks: Any,
    periods: Any,
    rows: Any,
    rules: Any,
    strict: bool,
    columns: Any,
    place: int,
) -> None:
    """Writes rows behind those that stand.

    Args:
        flows, periods: FLOW and PERIODS [capacity].
        ways, bulks: WAY and BULK [2 * capacity].
        rows: int32 [n], the flows.
        rules: a row of `rules.RULES`.
        strict: without the mark of one-packet flows.
        columns: `row_columns.ROW_COLUMNS` [1].
        place: where the first row goes; all must fit.
    """
    out = columns[0]
    for k in range(len(rows)):
        if k + _AHEAD < len(rows):
            ahead = np.int64(rows[k + _AHEAD])
            for offset in range(0, _FLOW_BYTES, _LINE):
                prefetch(flows, ahead, offset)
            for offset in range(0, 2 * _WAY_BYTES, _LINE):
                prefetch(ways, 2 * ahead, offset)
        index, i = np.int64(rows[k]), place + k
        flow, fwd, bwd = flows[index], ways[2 * index], ways[2 * index + 1]
        write_identity(out, i, flow, rules, strict)
        write_connection(out, i, flow, fwd, bwd)
        _totals(out, i, flow, fwd, bwd, rules)
        _lengths(out, i, flow, fwd, bwd, rules)
        _interarrival_times(out, i, flow, fwd, bwd, rules)
        _flags(out, i, flow, fwd, bwd, rules)
        _headers(out, i, fwd, bwd)
        _bulks(out, i, flow, bulks[2 * index], bulks[2 * index + 1], rules)
        _subflows(out, i, flow, fwd, bwd, rules)
        _periods(out, i, flow, periods[index])


@_kernel
def write_identity(out: Any, i: int, flow: Any, rules: Any, strict: bool) -> None:
    """`netad_pcap.flows.IDENTITY` columns."""
    if flow.source_is_a:
        src_high, src_low, src_port = flow.a_high, flow.a_low, flow.a_port
        dst_high, dst_low, dst_port = flow.b_high, flow.b_low, flow.b_port
    else:
        src_high, src_low, src_port = flow.b_high, flow.b_low, flow.b_port
        dst_high, dst_low, dst_port = flow.a_high, flow.a_low, flow.a_port
    for octet in range(8):
        shift = np.uint64(56 - 8 * octet)
        out.src_ip[i, octet] = np.uint8(src_high >> shift)
        out.src_ip[i, octet + 8] = np.uint8(src_low >> shift)
        out.dst_ip[i, octet] = np.uint8(dst_high >> shift)
        out.dst_ip[i, octet + 8] = np.uint8(dst_low >> shift)
    out.src_port[i] = src_port
    out.dst_port[i] = dst_port
    out.protocol[i] = flow.protocol
    out.start_us[i] = flow.start_us
    out.end_us[i] = flow.end_us
    out.first_frame[i] = flow.first_frame
    out.last_frame[i] = flow.last_frame
    out.capture[i] = flow.first_capture
    out.last_capture[i] = flow.last_capture
    out.id_reversed[i] = flow.key_names_a_first != flow.source_is_a
    marks = flow.ext
    if flow.packets == 1 and not strict and not rules.one_packet_rows:
        marks |= _ONE
    out.ext[i] = marks
    out.open[i] = flow.open
    out.tag[i] = flow.tag


@_kernel
def write_connection(out: Any, i: int, flow: Any, fwd: Any, bwd: Any) -> None:
    """`netad_pcap.flows.CONNECTION` columns."""
    out.state[i] = connection_state(flow.history, flow.protocol)
    out.fwd_syn[i] = fwd.syn
    out.bwd_syn[i] = bwd.syn
    out.fwd_fin[i] = fwd.fin
    out.bwd_fin[i] = bwd.fin
    out.fwd_rst[i] = fwd.rst
    out.bwd_rst[i] = bwd.rst
    out.urgent[i] = fwd.urg + bwd.urg
    out.bad_fragments[i] = flow.bad_fragments
    out.fwd_sequence_bytes[i] = fwd.sequence_bytes
    out.bwd_sequence_bytes[i] = bwd.sequence_bytes
    out.end_reason[i] = flow.end_reason
    out.dns_zone[i] = flow.zone
    out.dns_name[i] = flow.name
    out.dns_questions[i] = flow.questions
    out.dns_names[i] = flow.names
    out.dns_name_bytes[i] = flow.name_bytes


@_kernel
def _deviation(q: float, n: int) -> float:
    """Sample variance; 0 for one value."""
    return q / (n - 1.0) if n > 1 else 0.0


@_kernel
def _totals(out: Any, i: int, flow: Any, fwd: Any, bwd: Any, rules: Any) -> None:
    nf, nb = fwd.packets, bwd.packets
    duration = flow.end_us - flow.start_us
    seconds = duration / _SECOND_US
    payload = float(fwd.len_sum + bwd.len_sum)
    if duration != 0:
        bytes_s, packets_s = payload / seconds, (nf + nb) / seconds
    elif rules.segments:  # cic-fixed
        bytes_s, packets_s = -1.0, -1.0
    else:
        bytes_s, packets_s = np.nan if payload == 0 else np.inf, np.inf
    out.flow_duration[i] = duration
    out.tot_fwd_pkts[i] = nf
    out.tot_bwd_pkts[i] = nb
    out.totlen_fwd_pkts[i] = fwd.len_sum
    out.totlen_bwd_pkts[i] = bwd.len_sum
    out.flow_byts_s[i] = bytes_s
    out.flow_pkts_s[i] = packets_s
    out.fwd_pkts_s[i] = nf / seconds if duration > 0 else 0.0
    out.bwd_pkts_s[i] = nb / seconds if duration > 0 else 0.0
    if nf == 0:
        out.down_up_ratio[i] = 0.0
    elif rules.first_twice:
        out.down_up_ratio[i] = nb // nf
    else:
        out.down_up_ratio[i] = nb / nf
    timed = flow.protocol == _TCP or (flow.protocol == _UDP and rules.connection_time_udp)
    out.total_connection_flow_time[i] = flow.connection_us if timed else 0
    again_fwd, again_bwd = np.int64(fwd.retransmissions), np.int64(bwd.retransmissions)
    out.fwd_tcp_retrans_count[i] = again_fwd
    out.bwd_tcp_retrans_count[i] = again_bwd
    out.total_tcp_retrans_count[i] = again_fwd + again_bwd
    out.icmp_code[i] = flow.icmp_code
    out.icmp_type[i] = flow.icmp_type


@_kernel
def _lengths(out: Any, i: int, flow: Any, fwd: Any, bwd: Any, rules: Any) -> None:
    nf, nb = fwd.packets, bwd.packets
    out.fwd_pkt_len_max[i] = fwd.len_max if nf > 0 else 0
    out.fwd_pkt_len_min[i] = fwd.len_min if nf > 0 else 0
    out.fwd_pkt_len_mean[i] = fwd.len_mean if nf > 0 else 0.0
    out.fwd_pkt_len_std[i] = np.sqrt(_deviation(fwd.len_q, nf))
    out.fwd_seg_size_avg[i] = fwd.len_sum / nf if nf > 0 else 0.0
    out.bwd_pkt_len_max[i] = bwd.len_max if nb > 0 else 0
    out.bwd_pkt_len_min[i] = bwd.len_min if nb > 0 else 0
    out.bwd_pkt_len_mean[i] = bwd.len_mean if nb > 0 else 0.0
    out.bwd_pkt_len_std[i] = np.sqrt(_deviation(bwd.len_q, nb))
    out.bwd_seg_size_avg[i] = bwd.len_sum / nb if nb > 0 else 0.0
    if nf > 0 and nb > 0:
        out.pkt_len_min[i] = min(fwd.len_min, bwd.len_min)
        out.pkt_len_max[i] = max(fwd.len_max, bwd.len_max)
    else:
        out.pkt_len_min[i] = fwd.len_min if nf > 0 else bwd.len_min
        out.pkt_len_max[i] = fwd.len_max if nf > 0 else bwd.len_max
    total = nf + nb
    counted = total + 1 if rules.first_twice else total
    variance = _deviation(flow.len_q, counted)
    first = np.int64(flow.first_payload) if rules.first_twice else 0
    out.pkt_len_mean[i] = flow.len_mean
    out.pkt_len_std[i] = np.sqrt(variance)
    out.pkt_len_var[i] = variance
    out.pkt_size_avg[i] = (fwd.len_sum + bwd.len_sum + first) / total


@_kernel
def _interarrival_times(out: Any, i: int, flow: Any, fwd: Any, bwd: Any, rules: Any) -> None:
    nf, nb = fwd.packets, bwd.packets
    gaps = nf + nb - 1
    if gaps > 0:
        out.flow_iat_mean[i] = flow.iat_mean
        out.flow_iat_std[i] = np.sqrt(_deviation(flow.iat_q, gaps))
        out.flow_iat_max[i] = flow.iat_max
        out.flow_iat_min[i] = flow.iat_min
    else:
        alone = 0.0 if rules.segments else np.nan
        out.flow_iat_mean[i] = alone
        out.flow_iat_std[i] = alone
        out.flow_iat_max[i] = alone
        out.flow_iat_min[i] = alone
    out.fwd_iat_tot[i] = fwd.iat_sum if nf >= 2 else 0
    out.fwd_iat_mean[i] = fwd.iat_mean if nf >= 2 else 0.0
    out.fwd_iat_std[i] = np.sqrt(_deviation(fwd.iat_q, nf - 1))
    out.fwd_iat_max[i] = fwd.iat_max if nf >= 2 else 0
    out.fwd_iat_min[i] = fwd.iat_min if nf >= 2 else 0
    out.bwd_iat_tot[i] = bwd.iat_sum if nb >= 2 else 0
    out.bwd_iat_mean[i] = bwd.iat_mean if nb >= 2 else 0.0
    out.bwd_iat_std[i] = np.sqrt(_deviation(bwd.iat_q, nb - 1))
    out.bwd_iat_max[i] = bwd.iat_max if nb >= 2 else 0
    out.bwd_iat_min[i] = bwd.iat_min if nb >= 2 else 0


@_kernel
def _flags(out: Any, i: int, flow: Any, fwd: Any, bwd: Any, rules: Any) -> None:
    first = flow.first_flags
    if rules.canonical_key:
        # cic-2018 prints these under each name, of the first packet only: the iteration order
        # of a hash map of the eight names (cicflowmeter.md 6).
        out.fin_flag_cnt[i] = (first & RST) != 0
        out.syn_flag_cnt[i] = (first & PSH) != 0
        out.rst_flag_cnt[i] = (first & ECE) != 0
        out.psh_flag_cnt[i] = (first & SYN) != 0
        out.ack_flag_cnt[i] = (first & ACK) != 0
        out.urg_flag_cnt[i] = (first & FIN) != 0
        out.cwe_flag_count[i] = (first & URG) != 0
        out.ece_flag_cnt[i] = (first & CWR) != 0
    else:
        out.fin_flag_cnt[i] = np.uint32(fwd.fin + bwd.fin)
        out.syn_flag_cnt[i] = np.uint32(fwd.syn + bwd.syn)
        out.rst_flag_cnt[i] = np.uint32(fwd.rst + bwd.rst)
        out.psh_flag_cnt[i] = np.uint32(fwd.psh + bwd.psh)
        out.ack_flag_cnt[i] = flow.ack
        out.urg_flag_cnt[i] = np.uint32(fwd.urg + bwd.urg)
        out.cwe_flag_count[i] = flow.cwr
        out.ece_flag_cnt[i] = flow.ece
    if rules.first_twice:  # upstream
        out.fwd_psh_flags[i] = (first & PSH) != 0
        out.bwd_psh_flags[i] = 0
        out.fwd_urg_flags[i] = (first & URG) != 0
        out.bwd_urg_flags[i] = 0
    else:
        out.fwd_psh_flags[i] = fwd.psh
        out.bwd_psh_flags[i] = bwd.psh
        out.fwd_urg_flags[i] = fwd.urg
        out.bwd_urg_flags[i] = bwd.urg
    fwd_rst, bwd_rst = np.int64(fwd.rst), np.int64(bwd.rst)
    if not rules.first_fin_counts:  # cic-fixed-2022 forgets the first packet's RST
        if flow.first_forward:
            fwd_rst -= np.int64((first & RST) != 0)
        else:
            bwd_rst -= np.int64((first & RST) != 0)
    out.fwd_rst_flags[i] = fwd_rst
    out.bwd_rst_flags[i] = bwd_rst


@_kernel
def _headers(out: Any, i: int, fwd: Any, bwd: Any) -> None:
    out.fwd_header_len[i] = fwd.header_sum
    out.bwd_header_len[i] = bwd.header_sum
    out.init_fwd_win_byts[i] = fwd.window
    out.init_bwd_win_byts[i] = bwd.window
    out.fwd_act_data_pkts[i] = fwd.data_packets
    out.bwd_act_data_pkts[i] = bwd.data_packets
    out.fwd_seg_size_min[i] = fwd.header_min
    out.bwd_seg_size_min[i] = bwd.header_min


@_kernel
def _bulk_averages(flow: Any, bulk: Any, rules: Any) -> tuple[float, float, float]:
    """Bytes and packets of a bulk, and bytes per second (cicflowmeter.md 7)."""
    if not flow.has_bulk or bulk.bulks <= 0:
        return 0.0, 0.0, 0.0
    rate = 0.0
    if bulk.duration_us != 0:
        rate = bulk.bytes / (bulk.duration_us / _SECOND_US)
    if rules.bulk == 0 or not rules.segments:
        each = bulk.bulks
        return float(bulk.bytes // each), float(bulk.packets // each), float(np.trunc(rate))
    return bulk.bytes / bulk.bulks, bulk.packets / bulk.bulks, rate


@_kernel
def _bulks(out: Any, i: int, flow: Any, fwd: Any, bwd: Any, rules: Any) -> None:
    size, packets, rate = _bulk_averages(flow, fwd, rules)
    out.fwd_byts_b_avg[i] = size
    out.fwd_pkts_b_avg[i] = packets
    out.fwd_blk_rate_avg[i] = rate
    size, packets, rate = _bulk_averages(flow, bwd, rules)
    out.bwd_byts_b_avg[i] = size
    out.bwd_pkts_b_avg[i] = packets
    out.bwd_blk_rate_avg[i] = rate


@_kernel
def _per_subflow(value: int, subflows: int, rules: Any) -> float:
    if subflows <= 0:
        return 0.0
    if rules.subflow == SUBFLOW_GAPS and rules.segments:  # cic-fixed
        return float(value / subflows)
    return float(value // subflows)


@_kernel
def _subflows(out: Any, i: int, flow: Any, fwd: Any, bwd: Any, rules: Any) -> None:
    subflows = np.int64(flow.gaps)
    out.subflow_fwd_pkts[i] = _per_subflow(fwd.packets, subflows, rules)
    out.subflow_fwd_byts[i] = _per_subflow(fwd.len_sum, subflows, rules)
    out.subflow_bwd_pkts[i] = _per_subflow(bwd.packets, subflows, rules)
    out.subflow_bwd_byts[i] = _per_subflow(bwd.len_sum, subflows, rules)


@_kernel
def _periods(out: Any, i: int, flow: Any, period: Any) -> None:
    active = flow.has_periods and period.active_count > 0
    out.active_mean[i] = period.active_mean if active else 0.0
    out.active_std[i] = np.sqrt(_deviation(period.active_q, period.active_count)) if active else 0.0
    out.active_max[i] = period.active_max if active else 0
    out.active_min[i] = period.active_min if active else 0
    idle = flow.has_periods and period.idle_count > 0
    out.idle_mean[i] = period.idle_mean if idle else 0.0
    out.idle_std[i] = np.sqrt(_deviation(period.idle_q, period.idle_count)) if idle else 0.0
    out.idle_max[i] = period.idle_max if idle else 0
    out.idle_min[i] = period.idle_min if idle else 0
