"""The packet record: what a decoder writes and the kernel reads.

One row per packet that is metered, in the order of the capture. A decoder
(`metering.decode`) fills it from frames; cicflowmeter.md 2 says what each field holds.
"""

from __future__ import annotations

import numpy as np

__all__ = ["BAD_FRAGMENT", "FAULTS_SHIFT", "LATER_FRAGMENT", "MORE_FRAGMENTS", "PACKET"]

#: Bits of `fragment_mark`; bad by itself: empty, no multiple of 8 bytes, or beyond 65535.
MORE_FRAGMENTS = 1
LATER_FRAGMENT = 2
BAD_FRAGMENT = 4
#: Where the number of a fragment's faults stands in `fragment_mark` (`kdd.fragments`).
FAULTS_SHIFT = 4

#: Addresses are 128 bits in two big-endian words; IPv4 is mapped (high 0, low 0xffff_aabbccdd).
#: `payload` and `header` are bytes as in cicflowmeter.md 2.2; `window` is raw, and what the
#: profile has for packets without one (−1 or 0); `icmp_type`, `icmp_code` are −1 if not ICMP;
#: `fragment_offset` is in bytes; `flags` is TCP's byte 13; `ext` are bits of
#: `metering.extensions`. For KDD later fragments keep their protocol, `payload` of ICMP is the
#: message and that of later fragments what they carry, and `window` of fragments is the
#: identification of their datagram. Of UDP that asks for a name (`questions`) `sequence` is the
#: hash of its zone, `acknowledgment` that of the name, both are 0 of all other UDP. `tag` is the
#: number of the NFStream flow that the packet belongs to, −1 = none.
PACKET = np.dtype(
    [
        ("time_us", "i8"),
        ("frame", "i8"),
        ("src_high", "u8"),
        ("src_low", "u8"),
        ("dst_high", "u8"),
        ("dst_low", "u8"),
        ("sequence", "u4"),
        ("acknowledgment", "u4"),
        ("payload", "i4"),
        ("header", "i4"),
        ("window", "i4"),
        ("tag", "i4"),
        ("src_port", "u2"),
        ("dst_port", "u2"),
        ("icmp_type", "i2"),
        ("icmp_code", "i2"),
        ("fragment_offset", "u2"),
        ("ext", "u2"),
        ("protocol", "u1"),
        ("flags", "u1"),
        ("fragment_mark", "u1"),
        ("ip_version", "u1"),
    ],
    align=True,
)
