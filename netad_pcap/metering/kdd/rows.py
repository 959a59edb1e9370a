"""KDD's columns of connections, written as `metering.emission` writes those of flows.

Columns 10 to 22 are what was said inside connections (logins, shells); no meter of headers
has them, and the batches lack them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from netad_pcap.metering.emission import write_connection, write_identity
from netad_pcap.metering.extensions import EXTENSIONS
from netad_pcap.metering.kdd.life import flag_of
from netad_pcap.metering.kdd.services import service_of
from netad_pcap.metering.kdd.windows import SPAN_US, rate, step
from netad_pcap.schema import KDD_SYMBOLS

__all__ = ["emit_connections"]

_TCP, _UDP = 6, 17
_SECOND_US = 1_000_000
#: Of the marks these say something of a connection; the others compare with the Java tool.
_MARKS = np.uint16(EXTENSIONS["snap"].bit | EXTENSIONS["evicted"].bit)
_IS_ICMP, _IS_TCP, _IS_UDP = (
    float(KDD_SYMBOLS["protocol_type"].index(word)) for word in ("icmp", "tcp", "udp")
)

_kernel = njit(cache=True, error_model="numpy")


@_kernel
def emit_connections(
    flows: Any,
    ways: Any,
    rows: Any,
    rules: Any,
    tables: Any,
    lately: Any,
    last: Any,
    columns: Any,
    place: int,
) -> None:
    """Writes rows behind those that stand; the windows go on with each.

    Args:
        flows: FLOW [capacity].
        ways: WAY [2 * capacity].
        rows: int32 [n], the flows, in the order of their ends.
        rules: a row of `rules.RULES`.
        tables: a `services.Services`.
        lately, last: `windows.Window`s, of 2 seconds and of the last connections.
        columns: `row_columns.KDD_ROW_COLUMNS` [1].
        place: where the first row goes; all must fit.
    """
    out = columns[0]
    for k in range(len(rows)):
        index, i = np.int64(rows[k]), place + k
        flow, fwd, bwd = flows[index], ways[2 * index], ways[2 * index + 1]
        write_identity(out, i, flow, rules, False)
        write_connection(out, i, flow, fwd, bwd)
        out.ext[i] = flow.ext & _MARKS
        src_port, dst_port = np.int64(out.src_port[i]), np.int64(out.dst_port[i])
        source_is_destination = flow.a_high == flow.b_high and flow.a_low == flow.b_low
        tcp, udp = flow.protocol == _TCP, flow.protocol == _UDP
        service = service_of(flow, src_port, dst_port, tables)
        payload = fwd.len_sum + bwd.len_sum
        flag = flag_of(np.int64(flow.history), np.int64(flow.protocol), payload)
        out.duration[i] = float((flow.end_us - flow.start_us) // _SECOND_US)
        out.protocol_type[i] = _IS_TCP if tcp else _IS_UDP if udp else _IS_ICMP
        out.service[i] = service
        out.flag[i] = flag
        out.src_bytes[i] = fwd.sequence_bytes if tcp else fwd.len_sum
        out.dst_bytes[i] = bwd.sequence_bytes if tcp else bwd.len_sum
        out.land[i] = source_is_destination and (tcp or udp) and src_port == dst_port
        out.wrong_fragment[i] = flow.bad_fragments
        out.urgent_packets[i] = fwd.urg + bwd.urg
        if flow.source_is_a:
            high, low = flow.b_high, flow.b_low
        else:
            high, low = flow.a_high, flow.a_low
        _look_back(out, i, lately, last, flow.end_us, high, low, service, flag, src_port)
        if not (tcp or udp):  # they were type and code until here
            out.src_port[i] = 0
            out.dst_port[i] = 0


@_kernel
def _look_back(
    out: Any,
    i: int,
    lately: Any,
    last: Any,
    end_us: int,
    high: Any,
    low: Any,
    service: int,
    flag: int,
    src_port: int,
) -> None:
    """Columns 23 to 41 (peers.md 6.5, 6.6)."""
    at, place, _ = step(lately, np.int64(SPAN_US), end_us, high, low, service, flag, src_port)
    host, kind = lately.hosts[at], lately.services[place]
    hosts, kinds = np.int64(host.count), np.int64(kind.count)
    out.count[i] = hosts
    out.srv_count[i] = kinds
    out.serror_rate[i] = rate(np.int64(host.s_error), hosts)
    out.srv_serror_rate[i] = rate(np.int64(kind.s_error), kinds)
    out.rerror_rate[i] = rate(np.int64(host.r_error), hosts)
    out.srv_rerror_rate[i] = rate(np.int64(kind.r_error), kinds)
    out.same_srv_rate[i] = rate(np.int64(lately.pairs[at, place]), hosts)
    out.diff_srv_rate[i] = _share_of_several(np.int64(host.others), hosts)
    out.srv_diff_host_rate[i] = _share_of_several(np.int64(kind.others), kinds)
    at, place, same_port = step(last, np.int64(0), end_us, high, low, service, flag, src_port)
    host, kind = last.hosts[at], last.services[place]
    hosts, kinds = np.int64(host.count), np.int64(kind.count)
    out.dst_host_count[i] = hosts
    out.dst_host_srv_count[i] = kinds
    out.dst_host_same_srv_rate[i] = rate(np.int64(last.pairs[at, place]), hosts)
    out.dst_host_diff_srv_rate[i] = _share_of_several(np.int64(host.others), hosts)
    out.dst_host_same_src_port_rate[i] = rate(np.int64(same_port), hosts)
    out.dst_host_srv_diff_host_rate[i] = _share_of_several(np.int64(kind.others), kinds)
    out.dst_host_serror_rate[i] = rate(np.int64(host.s_error), hosts)
    out.dst_host_srv_serror_rate[i] = rate(np.int64(kind.s_error), kinds)
    out.dst_host_rerror_rate[i] = rate(np.int64(host.r_error), hosts)
    out.dst_host_srv_rerror_rate[i] = rate(np.int64(kind.r_error), kinds)


@_kernel
def _share_of_several(several: int, of: int) -> float:
    """The share, or 0 where there are not several: no 1 − same_srv_rate (peers.md 6.5)."""
    return float(rate(several, of)) if several >= 2 else 0.0
