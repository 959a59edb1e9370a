"""When each packet of a recording is seen under a condition.

One pass in the order of the capture. A packet's cause is, of these two, the one recorded later:

- the packet of the other end that it answers: for TCP the last one whose bytes it acknowledges,
  for datagrams the last one;
- the packet before it of its own way.

It keeps its recorded distance to its cause; where the far end answers, the round trip is added.
Then it is seen behind all that its way sent before (order), behind what it acknowledges
(causality), when the window lets it go (RFC 5681: an answer of many segments comes in as many
rounds as a congestion window asks for), late by its jitter, and through the link. One who
opened a conversation and lets it rest for more than a second follows a clock or a person: it
keeps its recorded time where it can, so lag does not add up. A conversation begins when it was
recorded to, or behind what it waited for (`starts`); frames without IP stay where they were.

Datagrams have no acknowledgments. A way that sends two in a row within 5 ms streams: its
packets keep their distance to each other. One who opened and sends on within 5 ms of an answer
waited for it; later ones follow a clock. (Two clocks that tick in step are taken for question
and answer.)
"""

from __future__ import annotations

from netad_pcap.training.conditions.losing import lose
from netad_pcap.training.conditions.path import Path
from netad_pcap.training.conditions.recording import Packet, Recording
from netad_pcap.training.conditions.starts import Starts
from netad_pcap.training.conditions.table import Condition
from netad_pcap.training.conditions.talk import Talk

__all__ = ["retime"]


def retime(recording: Recording, condition: Condition, seed: int) -> list[Packet]:
    """Packets with the times at which they are seen; lost ones are gone, or come again later.

    Args:
        recording: in the segments of the condition.
        condition: what lies between.
        seed: of everything that is left to chance.

    Returns:
        New packets, each behind what it depends on; sorting them by time must keep ties.
    """
    path = Path(condition, seed)
    starts = Starts()
    talks = [Talk(conversation, path, starts) for conversation in recording.conversations]
    order = [
        (packet.origin, number, place)
        for number, talk in enumerate(talks)
        for place, packet in enumerate(talk.conversation.packets)
    ]
    order += [(packet.origin, -1, place) for place, packet in enumerate(recording.strangers)]
    seen: list[Packet] = []
    for _, number, place in sorted(order):
        if number < 0:
            seen.append(recording.strangers[place])
            continue
        talk = talks[number]
        if place <= talk.done:  # went with one before it
            continue
        lost = lose(talk, place)
        if lost is None:
            seen.append(talk.go(place))
        else:
            seen += lost
    return seen
