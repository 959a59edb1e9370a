"""Capture health: what was read, what was metered, what was not and why.

Filled by the readers (records, damage, clock) and by the meters (causes). Every packet that
was read stands in exactly one place: `packets == metered + sum(ignored.values())`, always;
what no meter has booked yet stands under `not_decoded`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture.link_layer import link_type_name
from netad_pcap.capture.wording import count_of, span_of, times_of, utc_text
from netad_pcap.errors import Defect

__all__ = ["CAUSES", "CaptureHealth", "Damage", "cause_number"]

#: Cause code -> words for people. The position is the number that decoders write (u1), so
#: new causes go to the end. `metered` is 0: nothing was ignored.
CAUSES: Mapping[str, str] = MappingProxyType(
    {
        "metered": "metered",
        "arp": "ARP",
        "lldp": "LLDP",
        "llc": "802.3 (spanning tree and the like)",
        "eapol": "EAPOL",
        "other_ethertype": "without IP",
        "unsupported_link_type": "of a link type that cannot be read",
        "empty_frame": "empty",
        "cut_before_ip": "cut short before the end of the IP header",
        "bad_ip_header": "with a damaged IP header",
        "cut_before_transport": "cut short before the end of the transport header",
        "ipv6": "IPv6 (the Java tool does not meter it)",
        "wire_shorter": "shorter on the wire than captured (the Java tool drops them)",
        "unreadable_protocol": "of an IP protocol that the Java tool cannot read",
        "decode_failed": "that the Java tool fails to decode",
        "not_reached": "behind the point where the Java tool stops reading",
        "refused_by_nfstream": "refused by NFStream",
        "nfstream_fragment": "fragments that NFStream leaves out",
        "nfstream_length": "with an IP length that NFStream refuses",
        "nfstream_cut": "cut short, which NFStream refuses",
        "nfstream_link": "of a link layer that NFStream cannot read",
        "over_limit": "behind the limit that was asked for",
        "not_decoded": "read and not decoded",
        "nfstream_length_zero": "with IP length 0 (segmentation offload), which NFStream refuses",
        "nfstream_extension": "with an IPv6 extension header that NFStream refuses",
        "nfstream_inner": "tunnels without an IP packet inside, which NFStream refuses",
        "no_connection": "of a protocol of which KDD Cup 99 has no connections",
    }
)

_CODES = tuple(CAUSES)


def cause_number(code: str) -> int:
    """The number of a cause, as decoders write it."""
    return _CODES.index(code)


@dataclass(frozen=True)
class Damage:
    """Where and why the reading of a file ended early.

    Attributes:
        offset: byte in the (uncompressed) file at which the unreadable record begins.
        frame: number that the unreadable record would have had.
        message: what is wrong there.
    """

    offset: int
    frame: int
    message: str


@dataclass
class CaptureHealth:
    """Counts over one capture, or over several after `merge`.

    Attributes:
        packets: records read.
        bytes: their captured bytes; `wire_bytes`: their bytes on the wire.
        metered: packets that a meter took.
        damage: where reading ended early; empty = read whole.
        clock_steps_back: packets stamped before the packet in front of them.
        clock_step_back_max_us: the largest such step.
        stamps_far_ahead: packets followed by a step back of more than 120 s.
        frames_behind_clock: packets stamped more than 120 s before the largest stamp so far
            (capture time stands still there).
        without_time: packets without a time stamp (all zero).
        cut_by_snaplen: packets of which less was captured than was on the wire.
        wire_shorter: packets with a wire length below the captured length.
        link_types: LINKTYPE_ number -> packets.
        interfaces: number of interfaces described (1 for formats without interfaces).
        start_us: smallest time stamp, microseconds since 1970; None without packets.
        end_us: largest time stamp.
        evicted_flows: flows ended because too many were open (`--max-flows`).
        limited: reading ended behind as many packets as were asked for (`-c`).
        interrupted: reading was stopped by the user.
        dropped: packets of a live capture for which there was no room.
    """

    packets: int = 0
    bytes: int = 0
    wire_bytes: int = 0
    metered: int = 0
    damage: list[Damage] = field(default_factory=list)
    clock_steps_back: int = 0
    clock_step_back_max_us: int = 0
    stamps_far_ahead: int = 0
    frames_behind_clock: int = 0
    without_time: int = 0
    cut_by_snaplen: int = 0
    wire_shorter: int = 0
    link_types: dict[int, int] = field(default_factory=dict)
    interfaces: int = 0
    start_us: int | None = None
    end_us: int | None = None
    evicted_flows: int = 0
    limited: bool = False
    interrupted: bool = False
    dropped: int = 0
    _booked: dict[str, int] = field(default_factory=dict, repr=False)

    def count_causes(self, cause: NDArray[np.uint8]) -> None:
        """Books one block of decoded packets.

        Args:
            cause: uint8 [n], numbers of causes; 0 = metered.
        """
        if not cause.any():
            self.metered += len(cause)
            return
        counts = np.bincount(cause, minlength=len(_CODES))
        if len(counts) > len(_CODES):
            raise ValueError(f"cause {len(counts) - 1} is not in CAUSES")
        self.metered += int(counts[0])
        for number in np.flatnonzero(counts[1:]) + 1:
            self.ignore(_CODES[number], int(counts[number]))

    def ignore(self, code: str, packets: int) -> None:
        """Books packets under a cause; code `metered` is not one."""
        cause_number(code)
        self._booked[code] = self._booked.get(code, 0) + packets

    @property
    def ignored(self) -> dict[str, int]:
        """Cause code -> packets not metered, the most frequent first; nothing is left out."""
        counts = dict(self._booked)
        missing = self.packets - self.metered - sum(counts.values())
        if missing < 0:
            raise Defect(
                f"{-missing:,} packets were booked twice (metered and ignored); please report this"
            )
        if missing:
            counts["not_decoded"] = counts.get("not_decoded", 0) + missing
        return dict(sorted(counts.items(), key=lambda item: (-item[1], cause_number(item[0]))))

    @property
    def whole(self) -> bool:
        """Whether everything in the file was read."""
        return not self.damage and not self.interrupted and not self.limited

    def link_type_names(self) -> dict[str, int]:
        """Name of a link type -> packets; several numbers may have one name (raw IP)."""
        packets: dict[str, int] = {}
        for number, count in self.link_types.items():
            name = link_type_name(number)
            packets[name] = packets.get(name, 0) + count
        return packets

    def merge(self, other: CaptureHealth) -> None:
        """Adds the counts of another capture to these."""
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.clock_step_back_max_us = max(self.clock_step_back_max_us, other.clock_step_back_max_us)
        self.damage.extend(other.damage)
        self.interrupted |= other.interrupted
        self.limited |= other.limited
        for number, packets in other.link_types.items():
            self.link_types[number] = self.link_types.get(number, 0) + packets
        for code, packets in other._booked.items():
            self.ignore(code, packets)
        starts = [t for t in (self.start_us, other.start_us) if t is not None]
        ends = [t for t in (self.end_us, other.end_us) if t is not None]
        self.start_us, self.end_us = min(starts, default=None), max(ends, default=None)

    def to_json(self) -> dict[str, Any]:
        """The health block of a JSON report: plain numbers and strings, snake_case keys."""
        return {
            "packets": self.packets,
            "bytes": self.bytes,
            "wire_bytes": self.wire_bytes,
            "metered": self.metered,
            "ignored": self.ignored,
            "whole": self.whole,
            "interrupted": self.interrupted,
            "limited": self.limited,
            "dropped": self.dropped,
            "damage": [
                {"offset": d.offset, "frame": d.frame, "message": d.message} for d in self.damage
            ],
            "clock_steps_back": self.clock_steps_back,
            "clock_step_back_max_us": self.clock_step_back_max_us,
            "stamps_far_ahead": self.stamps_far_ahead,
            "frames_behind_clock": self.frames_behind_clock,
            "without_time": self.without_time,
            "cut_by_snaplen": self.cut_by_snaplen,
            "wire_shorter": self.wire_shorter,
            "link_types": self.link_type_names(),
            "interfaces": self.interfaces,
            "evicted_flows": self.evicted_flows,
            "start": utc_text(self.start_us),
            "end": utc_text(self.end_us),
        }

    def sentences(self) -> list[str]:
        """What a person should know, most important first; each one clause without a stop."""
        said = [_reading(self)]
        if self.dropped:
            said.append(f"{count_of(self.dropped, 'packet')} dropped: they came faster than read")
        not_metered = [
            f"{packets:,} {CAUSES[code]}" for code, packets in self.ignored.items() if packets
        ]
        if not_metered:
            said.append("not metered: " + ", ".join(not_metered))
        said.extend(_clock(self))
        if self.evicted_flows:
            said.append(
                f"{count_of(self.evicted_flows, 'flow')} ended early, too many were open "
                "(--max-flows)"
            )
        if self.cut_by_snaplen:
            said.append(f"{count_of(self.cut_by_snaplen, 'packet')} cut by the snapshot length")
        if self.wire_shorter and "wire_shorter" not in self._booked:
            said.append(
                f"{count_of(self.wire_shorter, 'packet')} shorter on the wire than captured"
            )
        return said


_SUMS = (
    "packets",
    "bytes",
    "wire_bytes",
    "metered",
    "clock_steps_back",
    "stamps_far_ahead",
    "frames_behind_clock",
    "without_time",
    "cut_by_snaplen",
    "wire_shorter",
    "interfaces",
    "evicted_flows",
    "dropped",
)


def _reading(health: CaptureHealth) -> str:
    if health.damage:
        return "damaged: " + "; ".join(
            f"{d.message} at byte {d.offset:,} (frame {d.frame:,}), read up to there"
            for d in health.damage
        )
    if health.interrupted:
        return f"interrupted after {count_of(health.packets, 'packet')}"
    if health.limited:
        return f"read up to {count_of(health.packets, 'packet')}, as asked"
    return "read whole, nothing damaged"


def _clock(health: CaptureHealth) -> Iterable[str]:
    if health.clock_steps_back:
        steps = count_of(health.clock_steps_back, "clock step")
        yield f"{steps} back (up to {span_of(health.clock_step_back_max_us)})"
    if health.stamps_far_ahead:
        yield (
            f"time stamps far ahead {times_of(health.stamps_far_ahead)}: the clock stood still "
            f"for {count_of(health.frames_behind_clock, 'packet')}"
        )
    if health.without_time:
        yield f"{count_of(health.without_time, 'packet')} without a time stamp"
