"""One way of a conversation: what was sent, when it was seen, when it was there.

Sequence numbers are unwrapped: they count on beyond 2^32.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from netad_pcap.training.conditions.headers import FIN, SYN
from netad_pcap.training.conditions.recording import Packet

__all__ = ["Direction", "Sent", "sequence_length"]

_INITIAL_WINDOW = 14_480  # ten segments (RFC 6928)
_SEGMENT = 1_448
_LOOK_BACK = 256
_ALWAYS = 1 << 62


class Sent(NamedTuple):
    """A packet that the other end answers.

    Attributes:
        number: its place in the conversation.
        start: first sequence number.
        recorded_ns: when it was recorded.
        arrived_ns: when it, and all before it, had reached the other end, in the clock of the
            capture point (before the way back).
    """

    number: int
    start: int
    recorded_ns: int
    arrived_ns: int


class Direction:
    """State of one way.

    Attributes:
        last: the packet sent last as it was recorded: its place, −1 = none, and its time.
        sent_ns: when that left its end, as far as the capture point can tell; later ones keep
            their distance to it.
        seen_ns: when the latest packet was seen: no later one is seen before.
        free_ns: when the link is free again.
        arrived_ns: when all that was sent had reached the other end.
        streams: datagrams come in a row.
        top: the sequence number behind the highest byte sent; None before the first.
        carriers: what the other end can answer, oldest first.
        latest: the packet sent last, whether it carries anything or not.
        gaps: the recording lacks bytes of it, has them out of order or in overlapping pieces:
            nothing is lost beside.
        window: bytes that may be on the way without acknowledgment.
        acknowledged: the highest acknowledgment of it; None before the first.
    """

    def __init__(self) -> None:
        """Nothing was sent."""
        self.last = -1
        self.last_recorded_ns = 0
        self.sent_ns = 0
        self.seen_ns = 0
        self.free_ns = 0
        self.arrived_ns = 0
        self.latest: Sent | None = None
        self.streams = False
        self.begin_again()

    def begin_again(self) -> None:
        """A new connection on the same ports: its numbers have nothing to do with the old."""
        self.top: int | None = None
        self.carriers: list[Sent] = []
        self.gaps = False
        self.window = _INITIAL_WINDOW
        self.threshold = _ALWAYS
        self.acknowledged: int | None = None
        self._reach: list[int] = []
        self._may_send: list[int] = []
        self._known_ns: list[int] = []

    def unwrap(self, number: int) -> int:
        """A sequence number of this way, or an acknowledgment of it, beside the last one."""
        if self.top is None:
            self.top = number
        return self.top + (number - self.top + (1 << 31)) % (1 << 32) - (1 << 31)

    def fits(self, sequence: int) -> bool:
        """Whether the number lies within a window of what was sent."""
        return self.top is None or abs(self.unwrap(sequence) - self.top) < 1 << 20

    def carry(self, sent: Sent, end: int) -> None:
        """Notes a packet that the other end answers; in order, as that end gets them."""
        self.arrived_ns = max(self.arrived_ns, sent.arrived_ns)
        top = end if self.top is None else self.top
        # Behind a gap, or partly sent before (a probe of a closed window, other segments).
        self.gaps |= bool(self.carriers) and (sent.start > top or sent.start < top < end)
        self.carriers.append(sent._replace(arrived_ns=self.arrived_ns))
        self._reach.append(max(end, self._reach[-1] if self._reach else end))
        self.top = max(end, top)

    def answered_by(self, acknowledgment: int) -> Sent | None:
        """The last packet that an acknowledgment from the other end knows of.

        Where it speaks of bytes that the recording lacks: the packet sent last.
        """
        if self.top is not None and acknowledgment > self.top:
            return self.latest
        if not self.carriers or acknowledgment <= self.carriers[0].start:
            return None
        at = min(bisect_left(self._reach, acknowledgment), len(self.carriers) - 1)
        for later in range(len(self.carriers) - 1, max(at, len(self.carriers) - _LOOK_BACK), -1):
            if self.carriers[later].start < acknowledgment:
                return self.carriers[later]
        return self.carriers[at]

    def acknowledge(self, number: int, known_ns: int) -> None:
        """The other end has acknowledged bytes of this way up to `number`."""
        self.gaps |= self.top is not None and number > self.top
        if self.acknowledged is not None:
            fresh = number - self.acknowledged
            if fresh <= 0:
                return
            if self.window >= self.threshold:  # past slow start: a segment a round (RFC 5681 3.1)
                fresh = _SEGMENT * fresh // self.window
            self.window += fresh
        self.acknowledged = number
        self._may_send.append(max(number + self.window, *self._may_send[-1:], 0))
        self._known_ns.append(known_ns)

    def may_send_ns(self, end: int) -> int:
        """When the window lets bytes up to `end` go: 0, or when the acknowledgment was seen."""
        if not self._may_send:
            return 0
        # What was on the way beyond the window when it was recorded may be again.
        at = min(bisect_left(self._may_send, end), len(self._may_send) - 1)
        return self._known_ns[at]

    def halve(self) -> None:
        """A packet was lost (RFC 5681 3.1)."""
        self.window = self.threshold = max(self.window // 2, 2 * _SEGMENT)


def sequence_length(packet: Packet) -> int:
    """What a TCP packet takes of the sequence numbers."""
    return packet.payload + bool(packet.flags & SYN) + bool(packet.flags & FIN)
