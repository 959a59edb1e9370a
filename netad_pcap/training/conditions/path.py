"""The way between the capture point and the far end: delay, jitter, bandwidth, loss, by chance."""

from __future__ import annotations

import math

import numpy as np

from netad_pcap.training.conditions.direction import Direction
from netad_pcap.training.conditions.recording import Conversation, Packet
from netad_pcap.training.conditions.table import Condition

__all__ = ["Path"]

_SECOND_NS = 1_000_000_000
_LEAST_TIMEOUT_NS = 200_000_000  # of a retransmission, as Linux has it
_FIRST_TIMEOUT_NS = 1_000_000_000  # before any round trip was measured (RFC 6298 2)
_SPREAD = 0.3  # of the logarithm of the far hosts' round trips
_MOST_LOSSES = 3  # of one packet, one after the other


class Path:
    """Draws what the condition leaves to chance."""

    def __init__(self, condition: Condition, seed: int) -> None:
        """A path.

        Args:
            condition: its figures.
            seed: same seed, same path.
        """
        self.near = 0 if condition.near == "client" else 1
        self._condition = condition
        self._random = np.random.default_rng(seed)
        self._rtt_ns: dict[bytes, int] = {}

    def rtt_ns(self, conversation: Conversation) -> int:
        """The round trip that is added: one for each far host."""
        if not self._condition.rtt_us:
            return 0
        host = (conversation.server if self.near == 0 else conversation.client)[0]
        if host not in self._rtt_ns:
            factor = math.exp(min(max(self._random.normal(0.0, _SPREAD), -1.0), 1.0))
            self._rtt_ns[host] = int(self._condition.rtt_us * 1_000 * factor)
        return self._rtt_ns[host]

    def late_ns(self) -> int:
        """What a packet from the far end comes late by."""
        if not self._condition.jitter_us:
            return 0
        return int(self._random.exponential(self._condition.jitter_us * 1_000))

    def through(self, direction: Direction, packet: Packet, time_ns: int) -> int:
        """When a packet that reaches the link is through it."""
        if not self._condition.bits_per_s:
            return time_ns
        begin = max(time_ns, direction.free_ns)
        direction.free_ns = begin + packet.wire * 8 * _SECOND_NS // self._condition.bits_per_s
        return direction.free_ns

    def loses(self, ways: int = 1) -> bool:
        """Whether a packet is lost, on one way or on several."""
        loss = self._condition.loss
        return loss > 0 and bool(self._random.random() < 1 - (1 - loss) ** ways)

    def timeout_ns(self, rtt_ns: int, *, first: bool) -> int:
        """How long the sender of a lost packet waits until one that it sends again arrives."""
        wait = _FIRST_TIMEOUT_NS
        if not first:
            wait = max(_LEAST_TIMEOUT_NS, 2 * rtt_ns + 4_000 * self._condition.jitter_us)
        total = wait
        for _ in range(_MOST_LOSSES - 1):
            if not self.loses():
                break
            wait *= 2
            total += wait
        return total
