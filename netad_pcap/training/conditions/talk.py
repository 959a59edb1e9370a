"""A conversation on its way through the pass: when its next packet is seen (`retiming`)."""

from __future__ import annotations

from dataclasses import replace

from netad_pcap.training.conditions.direction import Direction, Sent, sequence_length
from netad_pcap.training.conditions.headers import ACK, SYN
from netad_pcap.training.conditions.path import Path
from netad_pcap.training.conditions.recording import TCP, Conversation, Packet
from netad_pcap.training.conditions.starts import PROMPT_NS, Starts

__all__ = ["REACTION_NS", "Talk"]

REACTION_NS = 50_000  # what an answer takes at least, where the recording does not say less
_IN_STEP_NS = 5_000_000


class Talk:
    """One conversation and the state of both its ways.

    Attributes:
        conversation: its packets as recorded.
        path: to the far end; rtt_ns: its round trip.
        done: place of the last packet that was dealt with.
        said_last: by way, its last packet so far.
        is_talk: a TCP connection with its SYN and with payload.
    """

    def __init__(self, conversation: Conversation, path: Path, starts: Starts) -> None:
        """Nothing of it was seen."""
        self.conversation = conversation
        self.path = path
        self.rtt_ns = path.rtt_ns(conversation)
        self.done = -1
        self.said_last: list[Packet | None] = [None, None]
        tcp = [packet for packet in conversation.packets if packet.protocol == TCP]
        self.is_talk = any(p.flags & SYN for p in tcp[:1]) and any(p.payload for p in tcp)
        self._ways = (Direction(), Direction())
        self._starts = starts

    def ways(self, packet: Packet) -> tuple[Direction, Direction]:
        """The packet's own way and the other."""
        return self._ways[packet.way], self._ways[1 - packet.way]

    def is_far(self, packet: Packet) -> bool:
        """Whether it comes from the far end."""
        return packet.way != self.path.near

    def go(self, place: int) -> Packet:
        """A packet that nothing befalls, at the time at which it is seen."""
        packet = self.conversation.packets[place]
        seen_ns = self.see(place)
        self.arrive(place, seen_ns)
        return replace(packet, time_ns=seen_ns)

    def see(self, place: int, held_ns: int = 0) -> int:
        """When a packet is seen; it is its way's latest from then on.

        Args:
            place: in the conversation.
            held_ns: what it comes later by, because it was lost before.
        """
        packet = self.conversation.packets[place]
        mine, other = self.ways(packet)
        if packet.protocol == TCP:
            self._begin_again(packet, mine, other)
        sent_ns = self._sent_ns(place, packet, mine, other)
        seen_ns = sent_ns
        if self.is_far(packet):
            seen_ns += held_ns + self.path.late_ns()
            seen_ns = self.path.through(mine, packet, max(seen_ns, mine.seen_ns))
        seen_ns = max(seen_ns, mine.seen_ns)
        mine.last, mine.last_recorded_ns = place, packet.time_ns
        mine.sent_ns, mine.seen_ns = max(sent_ns, seen_ns if held_ns else 0), seen_ns
        if packet.protocol == TCP and packet.flags & ACK:
            other.acknowledge(other.unwrap(packet.acknowledgment), seen_ns)
        self.said_last[packet.way] = packet
        self.done = place
        self._starts.seen(self.conversation, packet, seen_ns)
        return seen_ns

    def arrive(self, place: int, seen_ns: int) -> None:
        """A packet that was seen goes on to the other end, which may answer it."""
        packet = self.conversation.packets[place]
        mine, _ = self.ways(packet)
        arrived_ns = seen_ns
        if not self.is_far(packet):
            arrived_ns = self.path.through(mine, packet, seen_ns)
        if packet.protocol != self.conversation.protocol:  # an ICMP error: nobody answers it
            return
        start = end = 0
        mine.latest = Sent(place, start, packet.time_ns, max(mine.arrived_ns, arrived_ns))
        if packet.protocol == TCP:
            start = mine.unwrap(packet.sequence)
            end = start + sequence_length(packet)
            # A probe that carries nothing repeats an old number to be answered.
            if start == end and (mine.top is None or start >= mine.top):
                return
        mine.carry(Sent(place, start, packet.time_ns, arrived_ns), end)

    def trip_ns(self, packet: Packet) -> int:
        """What the answer of the packet's sender is late by: the round trip of a far one."""
        return self.rtt_ns if self.is_far(packet) else 0

    def _sent_ns(self, place: int, packet: Packet, mine: Direction, other: Direction) -> int:
        """When it leaves its end, as far as the capture point can tell."""
        cause = self._answered(packet, mine, other)
        trip_ns = self.trip_ns(packet)
        if cause is not None and cause.number > mine.last:
            gap_ns, base_ns = packet.time_ns - cause.recorded_ns, cause.arrived_ns + trip_ns
        elif mine.last >= 0:
            gap_ns, base_ns = packet.time_ns - mine.last_recorded_ns, mine.sent_ns
        else:
            waited = self._starts.cause_of(self.conversation, packet) if place == 0 else None
            recorded_ns, base_ns = waited or (packet.time_ns, packet.time_ns)
            gap_ns = packet.time_ns - recorded_ns
            base_ns += trip_ns if waited else 0
        sent_ns = base_ns + gap_ns
        if packet.way == 0 and gap_ns > PROMPT_NS:
            sent_ns = max(packet.time_ns, base_ns + PROMPT_NS)
        if cause is not None:
            least_ns = max(0, min(packet.time_ns - cause.recorded_ns, REACTION_NS))
            sent_ns = max(sent_ns, cause.arrived_ns + trip_ns + least_ns)
        if packet.protocol == TCP and packet.payload:
            end = mine.unwrap(packet.sequence) + packet.payload
            may_ns = mine.may_send_ns(end)
            sent_ns = max(sent_ns, may_ns + trip_ns if may_ns else 0)
        return sent_ns

    def _answered(self, packet: Packet, mine: Direction, other: Direction) -> Sent | None:
        """The packet of the other end that this one answers."""
        last = other.carriers[-1] if other.carriers else None
        if packet.protocol == TCP:
            if packet.flags & ACK:
                return other.answered_by(other.unwrap(packet.acknowledgment))
            return None if packet.flags & SYN else last
        if last is None or self.conversation.is_tunnel or self.conversation.protocol == TCP:
            return last
        in_step = packet.time_ns - mine.last_recorded_ns <= _IN_STEP_NS
        if last.number < mine.last:
            mine.streams |= in_step
            return None
        if packet.way == 0:
            return last if packet.time_ns - last.recorded_ns <= _IN_STEP_NS else None
        return None if mine.streams and in_step else last

    @staticmethod
    def _begin_again(packet: Packet, mine: Direction, other: Direction) -> None:
        """A SYN with foreign numbers opens another connection on the same ports."""
        if packet.flags & (SYN | ACK) == SYN and not mine.fits(packet.sequence):
            mine.begin_again()
            other.begin_again()
