"""A TCP conversation: handshake, sequence and acknowledgment numbers, orderly end or reset."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scapy.layers.inet import TCP
from scapy.packet import Raw

from sample_pcaps.timeline import Host, Timeline

MSS = 1_448


@dataclass
class Conversation:
    """One connection, seen near the client; `now_us` moves with every packet.

    `loss`: share of its data segments that are lost behind the capture point, and sent again.
    """

    timeline: Timeline
    client: Host
    server: Host
    server_port: int
    now_us: int
    rtt_us: int
    client_port: int = 0
    sequence: list[int] = field(default_factory=list)
    loss: float = 0.0

    def __post_init__(self) -> None:
        self.client_port = self.client_port or self.timeline.port()
        self.sequence = [self.timeline.random.randrange(1 << 32) for _ in range(2)]

    def open(self) -> Conversation:
        """SYN, SYN+ACK, ACK."""
        self._packet(0, "S")
        self.now_us += self._trip()
        self._packet(1, "SA")
        self.now_us += self.timeline.after(30, 140)
        self._packet(0, "A")
        return self

    def ask(self, data: bytes, think_us: int = 0) -> Conversation:
        """The client sends, the server acknowledges."""
        self.now_us += think_us + self.timeline.after(60, 400)
        self._data(0, data)
        self.now_us += self._trip()
        self._packet(1, "A")
        return self

    def answer(self, data: bytes, think_us: int = 0) -> Conversation:
        """The server sends, the client acknowledges every other segment and the last."""
        self.now_us += think_us + self.timeline.after(200, 2_500)
        self._data(1, data)
        self.now_us += self.timeline.after(30, 160)
        self._packet(0, "A")
        return self

    def close(self, by: int = 0) -> Conversation:
        """FIN from both ends and the last ACK; `by` 0 is the client."""
        self.now_us += self.timeline.after(300, 4_000)
        self._packet(by, "FA")
        self.now_us += self._trip()
        self._packet(1 - by, "FA")
        self.now_us += self.timeline.after(30, 140)
        self._packet(by, "A")
        return self

    def refuse(self) -> Conversation:
        """SYN to a closed port: RST+ACK, sequence number 0 (RFC 9293 3.10.7.1)."""
        self.sequence[1] = 0
        self._packet(0, "S")
        self.now_us += self._trip()
        self._packet(1, "RA")
        return self

    def knock(self) -> Conversation:
        """SYN to an open port, reset as soon as it answers (a half-open scan)."""
        self._packet(0, "S")
        self.now_us += self._trip()
        self._packet(1, "SA")
        self.now_us += self.timeline.after(20, 90)
        self._packet(0, "R")
        return self

    def syn(self) -> Conversation:
        """A SYN that nobody answers."""
        self._packet(0, "S")
        return self

    def half_open(self) -> Conversation:
        """A SYN that is answered, and no more: the source was forged."""
        self._packet(0, "S")
        self.now_us += self._trip()
        self._packet(1, "SA")
        return self

    def _data(self, way: int, data: bytes) -> None:
        pieces = [data[at : at + MSS] for at in range(0, len(data), MSS)]
        for number, piece in enumerate(pieces, start=1):
            flags = "PA" if number == len(pieces) else "A"
            self._packet(way, flags, piece)
            if self.loss and self.timeline.random.random() < self.loss:
                self.now_us += max(200_000, 2 * self.rtt_us)  # the timer of RFC 6298
                self.sequence[way] = (self.sequence[way] - len(piece)) % (1 << 32)
                self._packet(way, flags, piece)
            self.now_us += self.timeline.after(12, 90)
            if number % 2 == 0 and number < len(pieces):
                self._packet(1 - way, "A")
                self.now_us += self.timeline.after(10, 60)

    def _trip(self) -> int:
        return self.rtt_us + self.timeline.after(0, self.rtt_us // 5 + 20)

    def _packet(self, way: int, flags: str, data: bytes = b"") -> None:
        ends = (self.client, self.server)
        source, target = ends[way], ends[1 - way]
        ports = (self.client_port, self.server_port)
        acknowledges = "A" in flags
        header = TCP(
            sport=ports[way],
            dport=ports[1 - way],
            seq=self.sequence[way],
            ack=self.sequence[1 - way] if acknowledges else 0,
            flags=flags,
            window=0 if "R" in flags else source.window,
            options=self._options(source, flags),
        )
        self.timeline.send(self.now_us, source, target, header / Raw(data) if data else header)
        step = len(data) + ("S" in flags) + ("F" in flags)
        self.sequence[way] = (self.sequence[way] + step) % (1 << 32)

    def _options(self, source: Host, flags: str) -> list[tuple[str, Any]]:
        if "R" in flags:
            return []
        clock = (self.now_us // 1_000) % (1 << 32)
        stamp: list[tuple[str, Any]] = [("Timestamp", (clock, 0 if flags == "S" else clock - 1))]
        if "S" in flags:
            options: list[tuple[str, Any]] = [("MSS", 1_460), ("SAckOK", b"")]
            options += stamp if source.timestamps else [("NOP", None), ("NOP", None)]
            return [*options, ("NOP", None), ("WScale", 7)]
        return [("NOP", None), ("NOP", None), *stamp] if source.timestamps else []
