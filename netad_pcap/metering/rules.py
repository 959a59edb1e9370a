"""The profiles as a table of rule switches: what differs between versions of the tool, and KDD.

The kernel reads a row of this table; cicflowmeter.md 1 is the table in words, and peers.md 6
for KDD Cup 99, whose rows are connections (`metering.kdd`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = [
    "ACTIVITY_TIMEOUT_US",
    "ALL_PROFILES",
    "BULK_BY_DIRECTION",
    "BULK_MIXED",
    "FLOW_TIMEOUT_US",
    "LIFE_2018",
    "LIFE_FORK",
    "LIFE_KDD",
    "LIFE_V4",
    "PROFILES",
    "RULES",
    "SUBFLOW_GAPS",
    "SUBFLOW_PACKETS",
    "Rules",
]

#: Measured from the flow's first packet, exceeded strictly (cicflowmeter.md 4).
FLOW_TIMEOUT_US = 120_000_000
#: A silence longer than this ends an active period (cicflowmeter.md 8).
ACTIVITY_TIMEOUT_US = 5_000_000

LIFE_2018, LIFE_V4, LIFE_FORK, LIFE_KDD = 0, 1, 2, 3  # cicflowmeter.md 4; peers.md 6
SUBFLOW_GAPS, SUBFLOW_PACKETS = 1, 2  # cicflowmeter.md 7
BULK_MIXED, BULK_BY_DIRECTION = 1, 2  # cicflowmeter.md 7


class Rules(NamedTuple):
    """Switches of one profile; section numbers are cicflowmeter.md's.

    Attributes:
        code: position in `ALL_PROFILES`.
        canonical_key: 3; the Flow ID names the address first that is lower in signed bytes.
        life: 4; which rules end a flow.
        one_packet_rows: 4; flows of one packet are written.
        first_twice: 5; the first packet counts twice in the packet length statistics.
        first_is_forward: 4; the first packet behind a time-out is booked as forward.
        syn_ack_reverses: 3; a fresh flow that begins with SYN and ACK belongs to the other end.
        syn_ack_reopens: 4; SYN and ACK on a closed connection begin a fresh flow.
        udp_continues: 4; UDP behind a time-out continues unless it was silent for 120 s.
        first_fin_counts: 4; a first packet's FIN counts as its direction's.
        connection_time_udp: 4; UDP has a connection time too.
        first_act_data_counts: 5; the first packet counts in `Fwd Act Data Pkts`.
        first_backward_window: 5; `Init Bwd Win Byts` is the first non-zero one, not the last.
        no_window: 5; what the window columns hold without a packet to read them from.
        subflow: 7; 0 one, else `SUBFLOW_GAPS` or `SUBFLOW_PACKETS`.
        bulk: 7; 0 none, else `BULK_MIXED` or `BULK_BY_DIRECTION`.
        segments: 5; retransmissions are counted.
        last_connections: KDD; the connections that `dst_host_…` columns look back on.
    """

    code: int
    canonical_key: bool
    life: int
    one_packet_rows: bool
    first_twice: bool
    first_is_forward: bool
    syn_ack_reverses: bool
    syn_ack_reopens: bool
    udp_continues: bool
    first_fin_counts: bool
    connection_time_udp: bool
    first_act_data_counts: bool
    first_backward_window: bool
    no_window: int
    subflow: int
    bulk: int
    segments: bool
    last_connections: int = 0


#: The Java tool's.
PROFILES: tuple[str, ...] = ("cic-2018", "cic-v4", "cic-fixed", "cic-fixed-2022")
#: Those, and KDD's: by the published data, and by Lee and Stolfo's text (the last 100).
ALL_PROFILES: tuple[str, ...] = (*PROFILES, "kdd", "kdd-100")

_KDD = Rules(
    code=4,
    canonical_key=False,
    life=LIFE_KDD,
    one_packet_rows=True,
    first_twice=False,
    first_is_forward=False,
    syn_ack_reverses=False,
    syn_ack_reopens=False,
    udp_continues=False,
    first_fin_counts=True,
    connection_time_udp=False,
    first_act_data_counts=True,
    first_backward_window=True,
    no_window=0,
    subflow=0,
    bulk=0,
    segments=False,
    last_connections=255,
)

RULES: Mapping[str, Rules] = {
    "cic-2018": Rules(
        code=0,
        canonical_key=True,
        life=LIFE_2018,
        one_packet_rows=False,
        first_twice=True,
        first_is_forward=True,
        syn_ack_reverses=False,
        syn_ack_reopens=False,
        udp_continues=False,
        first_fin_counts=False,
        connection_time_udp=False,
        first_act_data_counts=False,
        first_backward_window=False,
        no_window=-1,
        subflow=0,
        bulk=0,
        segments=False,
    ),
    "cic-v4": Rules(
        code=1,
        canonical_key=False,
        life=LIFE_V4,
        one_packet_rows=False,
        first_twice=True,
        first_is_forward=True,
        syn_ack_reverses=False,
        syn_ack_reopens=False,
        udp_continues=False,
        first_fin_counts=False,
        connection_time_udp=False,
        first_act_data_counts=False,
        first_backward_window=False,
        no_window=0,
        subflow=SUBFLOW_GAPS,
        bulk=BULK_MIXED,
        segments=False,
    ),
    "cic-fixed": Rules(
        code=2,
        canonical_key=False,
        life=LIFE_FORK,
        one_packet_rows=True,
        first_twice=False,
        first_is_forward=False,
        syn_ack_reverses=True,
        syn_ack_reopens=True,
        udp_continues=True,
        first_fin_counts=True,
        connection_time_udp=True,
        first_act_data_counts=True,
        first_backward_window=True,
        no_window=0,
        subflow=SUBFLOW_GAPS,
        bulk=BULK_BY_DIRECTION,
        segments=True,
    ),
    "cic-fixed-2022": Rules(
        code=3,
        canonical_key=False,
        life=LIFE_FORK,
        one_packet_rows=True,
        first_twice=False,
        first_is_forward=False,
        syn_ack_reverses=False,
        syn_ack_reopens=False,
        udp_continues=False,
        first_fin_counts=False,
        connection_time_udp=False,
        first_act_data_counts=False,
        first_backward_window=False,
        no_window=0,
        subflow=SUBFLOW_PACKETS,
        bulk=BULK_BY_DIRECTION,
        segments=False,
    ),
    "kdd": _KDD,
    "kdd-100": _KDD._replace(code=5, last_connections=100),
}
