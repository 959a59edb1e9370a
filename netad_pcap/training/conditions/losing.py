"""Packets that are lost between the capture point and the far end, and what comes of it.

What the near end sent was seen before it was lost, and is seen again; what the far end sent was
lost before it was seen, and is seen when it is sent again. TCP's sender notices by three
repeated acknowledgments, where three more segments follow closely (fast retransmit, RFC 5681
3.2), else by its timer (RFC 6298). Until then nobody acknowledges what is behind the hole. Pure
acknowledgments just go. Spared are connections without payload (scans, floods: their tools send
nothing again), those of which the recording lacks the SYN or bytes, and tunnels, whose inner
ends would notice. Of datagrams a question of the protocols that ask again is asked again; what else
the far end sends is gone.
"""

from __future__ import annotations

from dataclasses import replace

from netad_pcap.training.conditions.direction import sequence_length
from netad_pcap.training.conditions.headers import ACK, FIN, RST, SYN, TcpFrame, read_tcp
from netad_pcap.training.conditions.recording import TCP, UDP, Packet
from netad_pcap.training.conditions.talk import REACTION_NS, Talk

__all__ = ["lose"]

#: UDP ports whose clients ask again: DNS, TFTP, Kerberos, NTP, SNMP, IKE, RADIUS, CoAP.
_ASKED_AGAIN = frozenset({53, 69, 88, 123, 161, 500, 1812, 5683})
_ASK_AGAIN_NS = 1_000_000_000
_REPEATED = 3  # acknowledgments that tell of a loss
_IN_ONE_GO_NS = 10_000_000
#: A retransmission is a packet of its own.
_LATER_ID = 7


def lose(talk: Talk, place: int) -> list[Packet] | None:
    """What is seen where the packet at a place is lost; None where it is not."""
    packet = talk.conversation.packets[place]
    if talk.conversation.protocol != TCP:
        return _lose_datagram(talk, place, packet)
    if packet.protocol != TCP or not talk.is_talk or packet.flags & RST:
        return None
    mine, other = talk.ways(packet)
    if mine.gaps or other.gaps:
        return None
    if not sequence_length(packet):
        goes = talk.is_far(packet) and _way_goes_on(talk, place) and talk.path.loses()
        return _gone(talk, place) if goes else None
    fresh = mine.top is None or mine.unwrap(packet.sequence) >= mine.top
    if not fresh or not talk.path.loses():
        return None
    followers = _followers(talk, place)
    template = _template(talk, 1 - packet.way)
    if len(followers) == _REPEATED and template is not None:
        return _fast(talk, place, followers, template)
    return _by_timer(talk, place, packet)


def _gone(talk: Talk, place: int) -> list[Packet]:
    talk.see(place)
    return []


def _by_timer(talk: Talk, place: int, packet: Packet) -> list[Packet]:
    """Sent again when the timer ran out."""
    mine, _ = talk.ways(packet)
    wait_ns = talk.path.timeout_ns(talk.rtt_ns, first=bool(packet.flags & SYN))
    mine.halve()
    if talk.is_far(packet):
        seen_ns = talk.see(place, held_ns=wait_ns)
        talk.arrive(place, seen_ns)
        return [replace(packet, time_ns=seen_ns, again=True)]
    seen_ns = talk.see(place)
    talk.arrive(place, seen_ns + wait_ns)
    return [replace(packet, time_ns=seen_ns), _again(packet, seen_ns + wait_ns)]


def _fast(talk: Talk, place: int, followers: list[int], template: TcpFrame) -> list[Packet]:
    """Sent again when three later segments were answered by the same acknowledgment."""
    packets = talk.conversation.packets
    lost = packets[place]
    mine, other = talk.ways(lost)
    far = talk.is_far(lost)
    answer_ns = REACTION_NS + (0 if far else talk.rtt_ns)

    def acknowledge(number: int, after_ns: int) -> Packet:
        other.seen_ns = max(other.seen_ns, after_ns + answer_ns)
        data = template.changed(
            payload=b"", flags=ACK, sequence=other.top or 0, acknowledgment=number
        )
        return replace(
            lost, data=data, wire=len(data), time_ns=other.seen_ns, way=1 - lost.way, flags=ACK,
            sequence=(other.top or 0) % (1 << 32), acknowledgment=number % (1 << 32), payload=0,
            again=True,
        )  # fmt: skip

    hole = mine.unwrap(lost.sequence)
    seen_ns = talk.see(place)
    out = [] if far else [replace(lost, time_ns=seen_ns)]
    for follower in followers:
        seen_ns = talk.see(follower)
        out.append(replace(packets[follower], time_ns=seen_ns))
        out.append(acknowledge(hole, seen_ns))
    mine.sent_ns = mine.seen_ns = max(
        mine.seen_ns, other.seen_ns + REACTION_NS + (talk.rtt_ns if far else 0)
    )
    out.append(_again(lost, mine.seen_ns))
    for each in (place, *followers):
        talk.arrive(each, mine.seen_ns)
    behind = mine.top or 0
    out.append(acknowledge(behind, mine.arrived_ns))
    mine.acknowledge(behind, other.seen_ns)
    mine.halve()
    # The acknowledgments recorded in between have been replaced.
    other.last, other.last_recorded_ns = followers[-1], packets[followers[-1]].time_ns
    other.sent_ns = other.seen_ns
    return out


def _followers(talk: Talk, place: int) -> list[int]:
    """Up to three segments right behind one, with acknowledgments at most between."""
    packets = talk.conversation.packets
    lost = packets[place]
    if not lost.payload or lost.flags & (SYN | FIN):
        return []
    found: list[int] = []
    end, time_ns = lost.sequence + lost.payload, lost.time_ns
    for at in range(place + 1, len(packets)):
        packet = packets[at]
        if packet.protocol != TCP or len(found) == _REPEATED:
            break
        if packet.way != lost.way:
            if sequence_length(packet) or packet.flags != ACK:
                break
            continue
        plain = packet.payload and not packet.flags & (SYN | FIN | RST)
        in_one_go = packet.time_ns - time_ns <= _IN_ONE_GO_NS
        if not plain or not in_one_go or packet.sequence != end % (1 << 32):
            break
        found.append(at)
        end, time_ns = packet.sequence + packet.payload, packet.time_ns
    return found


def _template(talk: Talk, way: int) -> TcpFrame | None:
    """A packet of that way to make acknowledgments of."""
    latest = talk.said_last[way]
    if latest is None or latest.flags & (SYN | FIN | RST) or not latest.flags & ACK:
        return None
    return read_tcp(latest.data, latest.wire, latest.link_type)


def _lose_datagram(talk: Talk, place: int, packet: Packet) -> list[Packet] | None:
    conversation = talk.conversation
    if conversation.is_tunnel:
        return None
    following = conversation.packets[place + 1 : place + 2]
    answered = bool(following) and following[0].way != packet.way
    asks_again = conversation.protocol == UDP and conversation.server[1] in _ASKED_AGAIN
    if asks_again:
        # The question or the answer was lost: both look alike.
        if packet.way or not answered or not talk.path.loses(ways=2):
            return None
        seen_ns = talk.see(place)
        talk.arrive(place, seen_ns + _ASK_AGAIN_NS)
        return [replace(packet, time_ns=seen_ns), _again(packet, seen_ns + _ASK_AGAIN_NS)]
    # What was answered had arrived; a conversation's first packet names it.
    spared = place == 0 or (packet.way == 0 and answered)
    if not talk.is_far(packet) or spared or not talk.path.loses():
        return None
    return _gone(talk, place)


def _way_goes_on(talk: Talk, place: int) -> bool:
    way = talk.conversation.packets[place].way
    return any(
        later.way == way and later.flags & ACK for later in talk.conversation.packets[place + 1 :]
    )


def _again(packet: Packet, time_ns: int) -> Packet:
    frame = read_tcp(packet.data, packet.wire, packet.link_type)
    data = packet.data if frame is None else frame.changed(later_id=_LATER_ID)
    return replace(packet, data=data, time_ns=time_ns, again=True)
