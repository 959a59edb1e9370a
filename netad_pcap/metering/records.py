"""The flow record and the other arrays that a flow table is made of.

One record with named fields per open flow, and one for each of its directions, is the
fastest layout and the most readable; what only some flows need (bulks, active and idle
periods) lies in side records, so that short flows never touch their memory.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

__all__ = [
    "BULK",
    "CHUNK",
    "CHUNKS",
    "COUNTERS",
    "FLOW",
    "PERIODS",
    "RECENT",
    "SEGMENT",
    "SENT",
    "SLOT",
    "WAY",
    "WHEEL",
    "OpenFlows",
]

#: Lengths in bytes, times in µs; `*_q` is the running sum of squared deviations
#: (cicflowmeter.md 5). Ends a and b are ordered by address, then port.
FLOW = np.dtype(
    [
        # key
        ("a_high", "u8"),
        ("a_low", "u8"),
        ("b_high", "u8"),
        ("b_low", "u8"),
        ("a_port", "u2"),
        ("b_port", "u2"),
        ("protocol", "u1"),
        ("ip_version", "u1"),
        ("source_is_a", "?"),
        ("key_names_a_first", "?"),
        # life
        ("state", "u1"),  # fork: 0 none, 1 F1, 2 F2, 3 READY
        ("first_flags", "u1"),
        ("first_forward", "?"),
        ("end_reason", "u1"),
        ("has_periods", "?"),
        ("has_bulk", "?"),
        ("history", "u2"),  # bits of `kernel.SAW_*`
        ("ext", "u2"),
        ("open", "?"),  # a copy of a flow that goes on, as it stood at a whole second
        ("packets", "i8"),
        ("start_us", "i8"),
        ("end_us", "i8"),
        ("seen_at_us", "i8"),  # capture time when its last packet was read
        ("active_start_us", "i8"),
        ("active_end_us", "i8"),
        # both directions together
        ("len_mean", "f8"),
        ("len_q", "f8"),
        ("iat_mean", "f8"),
        ("iat_q", "f8"),
        ("iat_min", "i8"),
        ("iat_max", "i8"),
        ("ack", "u4"),
        ("ece", "u4"),
        ("cwr", "u4"),
        ("gaps", "u4"),  # subflow count, cicflowmeter.md 7
        # connection
        ("connection", "i4"),  # index into the segment counters, −1 none
        ("last_capture", "i4"),
        ("last_frame", "i8"),
        # rarely touched
        ("bad_fragments", "u4"),
        ("connection_us", "i8"),
        ("icmp_type", "i2"),
        ("icmp_code", "i2"),
        ("tag", "i4"),
        # names that DNS asked for (`questions`)
        ("zone", "u4"),
        ("name", "u4"),
        ("questions", "u4"),
        ("names", "u4"),
        ("name_bytes", "i8"),
        ("first_frame", "i8"),
        ("first_capture", "i4"),
        ("first_payload", "i4"),
        ("inserted", "i8"),  # order of insertion
        ("leaves", "i8"),  # whole second of capture time at which the row leaves
        ("previous", "i4"),  # neighbours in the list of one second of the timer wheel
        ("following", "i4"),
        ("changed", "i4"),  # place in the list of flows changed in this second, −1 none
    ],
    align=True,
)

#: One direction of a flow: forward at twice the flow's index, backward behind it.
WAY = np.dtype(
    [
        ("packets", "i8"),
        ("end_us", "i8"),
        # payload lengths
        ("len_mean", "f8"),
        ("len_q", "f8"),
        ("len_sum", "i8"),
        ("len_min", "i4"),
        ("len_max", "i4"),
        # interarrival times
        ("iat_mean", "f8"),
        ("iat_q", "f8"),
        ("iat_min", "i8"),
        ("iat_max", "i8"),
        ("iat_sum", "i8"),
        # flags
        ("fin", "u4"),
        ("syn", "u4"),
        ("rst", "u4"),
        ("psh", "u4"),
        ("urg", "u4"),
        # headers and windows
        ("header_min", "i4"),
        ("header_sum", "i8"),
        ("window", "i4"),
        ("data_packets", "u4"),
        # sequence space
        ("next_sequence", "u4"),
        ("retransmissions", "u4"),
        ("sequence_bytes", "i8"),
    ],
    align=True,
)

#: The bulk machine of one direction, placed as its `WAY` (cicflowmeter.md 7), times in µs.
BULK = np.dtype(
    [
        ("start_us", "i8"),
        ("end_us", "i8"),
        ("size", "i8"),
        ("count", "i8"),
        ("bulks", "i8"),
        ("packets", "i8"),
        ("bytes", "i8"),
        ("duration_us", "i8"),
    ],
    align=True,
)

#: Active and idle periods (cicflowmeter.md 8), in µs.
PERIODS = np.dtype(
    [
        (f"{kind}_{name}", dtype)
        for kind in ("active", "idle")
        for name, dtype in (
            ("count", "i8"),
            ("mean", "f8"),
            ("q", "f8"),
            ("min", "i8"),
            ("max", "i8"),
        )
    ],
    align=True,
)

#: A slot of the hash table: 32 bits of the key's hash, and the flow (−1 empty).
SLOT = np.dtype([("tag", "u4"), ("flow", "i4")], align=True)

#: A segment seen: sequence and acknowledgment numbers; source, length, window and whose it is
#: (`segments`); its ordinal in the connection, 0 = an empty slot.
SEGMENT = np.dtype([("numbers", "u8"), ("shape", "u8"), ("ordinal", "i8")])

#: Segments in a chunk of the pool, and chunks of a connection.
CHUNK, CHUNKS = 8, 32

#: What a connection sent lately (`recent`): the greatest numbers of either side, −1 = none;
#: whether any side's numbers ever went back; how many segments; where they lie.
RECENT = np.dtype(
    [
        ("count", "i8"),
        ("a_sequence", "i8"),
        ("a_acknowledgment", "i8"),
        ("b_sequence", "i8"),
        ("b_acknowledgment", "i8"),
        ("a_disorder", "?"),
        ("b_disorder", "?"),
        ("chunks", "i4", (CHUNKS,)),
    ],
    align=True,
)

#: A segment in the pool: sequence and acknowledgment numbers; source, length and window.
SENT = np.dtype([("numbers", "u8"), ("shape", "u8")], align=True)

#: Timer wheel: the flows that are looked at in one second, in the order in which they were
#: put there; −1 = none. A flow's next look is at most 121 s ahead.
WHEEL = np.dtype([("first", "i4"), ("last", "i4")])

#: Scalars of a table that the kernel changes.
COUNTERS = np.dtype(
    [
        ("now_us", "i8"),  # capture time: the largest stamp seen
        ("second", "i8"),  # whole second up to which rows have left
        ("started", "i8"),
        ("free_flows", "i8"),  # length of the stack of free indices
        ("live", "i8"),
        ("most_live", "i8"),
        ("inserted", "i8"),
        ("done", "i8"),  # length of the list of rows that ended
        ("segments", "i8"),
        ("free_connections", "i8"),
        ("free_chunks", "i8"),
        ("changed", "i8"),  # length of the list of flows changed in this second
        ("discarded", "i8"),  # packets that the rule book drops (cic-v4: further FINs)
        ("evicted", "i8"),  # flows ended by the table's cap
    ],
    align=True,
)


class OpenFlows(NamedTuple):
    """Arrays of a table by which open flows are found and end; each stands at `kernel.feed_for`."""

    flows: Any
    ways: Any
    bulks: Any
    periods: Any
    wheel: Any
    changed: Any
    slots: Any
    done: Any
    free: Any
    recents: Any
    free_chunks: Any
