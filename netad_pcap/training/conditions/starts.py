"""What a new conversation waits for: the answer that named its server, the one before it.

A name is looked up, then connected to; a client that works off a list opens the next
connection when the last one to the same service is over. Both came promptly when they were
recorded, so they come as promptly behind their later cause. All other conversations begin when
they were recorded to: people, clocks and tools that wait for nobody.
"""

from __future__ import annotations

from netad_pcap.training.conditions.headers import FIN
from netad_pcap.training.conditions.recording import UDP, Conversation, Packet

__all__ = ["PROMPT_NS", "Starts"]

#: Later than this, something else was waited for.
PROMPT_NS = 1_000_000_000
_DNS = 53


class Starts:
    """Remembers lookups and orderly ends: when they were recorded, when they are seen now."""

    def __init__(self) -> None:
        """Nothing was seen."""
        self._lookups: dict[bytes, tuple[int, int]] = {}
        self._ends: dict[tuple[bytes, bytes, int], tuple[int, int]] = {}
        self._fins: dict[int, int] = {}

    def seen(self, conversation: Conversation, packet: Packet, seen_ns: int) -> None:
        """Notes a packet and when it is seen now."""
        when = (packet.time_ns, seen_ns)
        if conversation.protocol == UDP and packet.way and conversation.server[1] == _DNS:
            self._lookups[conversation.client[0]] = when
        if packet.flags & FIN:
            self._fins[id(conversation)] = self._fins.get(id(conversation), 0) | 1 << packet.way
        if self._fins and self._fins.get(id(conversation)) == 3:
            self._ends[(conversation.client[0], *conversation.server)] = when

    def cause_of(self, conversation: Conversation, packet: Packet) -> tuple[int, int] | None:
        """What its first packet waited for: when that was recorded, and is seen now."""
        causes = [
            cause
            for cause in (
                self._lookups.get(conversation.client[0]),
                self._ends.get((conversation.client[0], *conversation.server)),
            )
            if cause is not None and 0 <= packet.time_ns - cause[0] <= PROMPT_NS
        ]
        return max(causes, default=None)
