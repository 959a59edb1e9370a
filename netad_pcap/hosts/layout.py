"""Layout of what is remembered about hosts, pairs and targets: named fields, fixed sizes.

The kernel (`hosts.kernel`) and the book (`hosts.book`) read these tables; nothing grows
with the capture but the list of findings, and that is capped.
"""

from __future__ import annotations

import numpy as np

__all__ = [
    "BOOK",
    "ENTITY",
    "EVENT",
    "FINDING",
    "MAX_ENTITIES",
    "MAX_FINDINGS",
    "MAX_RECENT",
    "NEW",
    "ONCE_SLOTS",
    "RETIRED_HOSTS",
    "WIDENED",
]

#: Hosts, pairs and targets remembered at once; the one seen least recently makes room.
MAX_ENTITIES = 1 << 17
#: Findings of one report; what would be found behind them is counted, not told.
MAX_FINDINGS = 20_000
#: Evidence rows remembered, so that a new finding can name its earlier flows.
MAX_RECENT = 1 << 16
#: Slots for "this pair and port was counted in this second, and counts again so much later"
#: (power of two).
ONCE_SLOTS = 1 << 17
#: Hosts that are no longer remembered but were suspicious enough to be ranked; who is seen again
#: is remembered again, with all of its flows. A slot without suspicion is free; `newer` of slot i
#: heads the hash chain i.
RETIRED_HOSTS = 1024

#: What an event in the kernel's list says.
NEW, WIDENED = 0, 1

#: One remembered host, pair or target. `number`: the how-manieth to appear; `steps`: flows
#: counted; `since_row`: the row from which most of the evidence comes; `support`: flows since
#: then that speak for it; `finding`: head of its chain of findings, −1 = none; `related`: the
#: finding about a pair of which it is an end; `chain`, `newer`, `older`: slots in the hash
#: chain and in the order of use. The fields from `flows` on are kept for hosts only.
ENTITY = np.dtype(
    [
        ("src_high", "u8"),
        ("src_low", "u8"),
        ("dst_high", "u8"),
        ("dst_low", "u8"),
        ("number", "i8"),
        ("steps", "i8"),
        ("support", "i8"),
        ("since_row", "i8"),
        ("finding", "i4"),
        ("related", "i4"),
        ("chain", "i4"),
        ("newer", "i4"),
        ("older", "i4"),
        ("kind", "u1"),
        ("flows", "i8"),
        ("suspicious", "i8"),
        ("malicious", "i8"),
        ("bytes", "i8"),
        ("start_us", "i8"),
        ("end_us", "i8"),
        ("suspicion", "f8"),
    ],
    align=True,
)

#: One finding as the kernel knows it. `previous`: the next finding in its subject's chain;
#: `rows`: flows behind `family_sums`; `evidence`: log10.
FINDING = np.dtype(
    [
        ("src_high", "u8"),
        ("src_low", "u8"),
        ("dst_high", "u8"),
        ("dst_low", "u8"),
        ("row", "i8"),
        ("end_us", "i8"),
        ("rows", "i8"),
        ("evidence", "f8"),
        ("previous", "i4"),
        ("family", "i4"),
        ("kind", "u1"),
    ],
    align=True,
)

#: Something happened to a finding at row `row` of the batch: its earlier flows are those of
#: the named ends (of `kind`) from `since_row` on.
EVENT = np.dtype(
    [
        ("row", "i8"),
        ("since_row", "i8"),
        ("src_high", "u8"),
        ("src_low", "u8"),
        ("dst_high", "u8"),
        ("dst_low", "u8"),
        ("finding", "i4"),
        ("family", "i4"),
        ("kind", "u1"),
        ("what", "u1"),
    ],
    align=True,
)

#: Scalars of the book, one record. `numbers`: entities that appeared so far; `day`: last day
#: (86,400 s from the first row's start) in which a row left; `days`: days begun.
BOOK = np.dtype(
    [
        ("size", "i8"),
        ("numbers", "i8"),
        ("rows", "i8"),
        ("findings", "i8"),
        ("untold", "i8"),
        ("events", "i8"),
        ("first_us", "i8"),
        ("clock_us", "i8"),
        ("day", "i8"),
        ("days", "i8"),
        ("newest", "i4"),
        ("oldest", "i4"),
    ],
    align=True,
)
