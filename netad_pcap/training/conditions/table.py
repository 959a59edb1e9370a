"""The table of conditions: what lies between a capture point and those it hears from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

__all__ = ["CONDITIONS", "Condition"]

_MS = 1_000


@dataclass(frozen=True)
class Condition:
    """One condition. What is 0 changes nothing.

    Attributes:
        name: as the table has it.
        meaning: one clause for people.
        near: the end beside which the capture is taken: of those who open conversations, or of
            those who are asked. Delay, loss and bandwidth lie between it and the far end.
        rtt_us: round trip that is added; each far host's lies around it.
        jitter_us: mean of what a packet from the far end comes late by (exponential).
        loss: share of packets lost on the way, 0 to 1, each way.
        bits_per_s: bandwidth that each conversation has, each way.
        mtu: longest IP packet: longer TCP segments are split, the MSS in SYNs is cut to it.
        merge_bytes: payload up to which neighbouring segments are merged (offloads).
        snaplen: bytes kept of each packet.
    """

    name: str
    meaning: str
    near: Literal["client", "server"] = "client"
    rtt_us: int = 0
    jitter_us: int = 0
    loss: float = 0.0
    bits_per_s: int = 0
    mtu: int = 0
    merge_bytes: int = 0
    snaplen: int = 0


_TABLE = (
    Condition("identity", "nothing changes"),
    Condition("lan", "a switched network, some busy ports", rtt_us=300, jitter_us=80,
              bits_per_s=1_000_000_000),
    Condition("wan", "servers in another country", rtt_us=40 * _MS, jitter_us=2 * _MS, loss=0.001,
              bits_per_s=100_000_000),
    Condition("dsl", "a household's line behind PPPoE", rtt_us=25 * _MS, jitter_us=4 * _MS,
              loss=0.002, bits_per_s=16_000_000, mtu=1_492),
    Condition("mobile", "clients on the air, captured at the server", "server",
              rtt_us=70 * _MS, jitter_us=15 * _MS, loss=0.005, bits_per_s=20_000_000, mtu=1_400),
    Condition("satellite", "a geostationary link", rtt_us=600 * _MS, jitter_us=8 * _MS,
              loss=0.005, bits_per_s=8_000_000),
    Condition("lossy-wifi", "a crowded wireless cell", rtt_us=6 * _MS, jitter_us=9 * _MS,
              loss=0.03, bits_per_s=30_000_000),
    Condition("thin-link", "a line of half a megabit", rtt_us=90 * _MS, jitter_us=10 * _MS,
              loss=0.002, bits_per_s=512_000),
    Condition("vpn", "a tunnel between two sites, captured at the servers", "server",
              rtt_us=18 * _MS, jitter_us=1 * _MS, loss=0.0005, bits_per_s=200_000_000, mtu=1_380),
    Condition("jumbo", "frames of 9,000 bytes", rtt_us=200, jitter_us=30, mtu=9_000,
              merge_bytes=8_948, bits_per_s=10_000_000_000),
    Condition("offload", "captured on a host whose card merges segments (TSO, GRO)",
              rtt_us=400, jitter_us=60, merge_bytes=45 * 1_448),
    Condition("snaplen-96", "96 bytes of each packet kept", snaplen=96),
)  # fmt: skip

#: Name -> condition.
CONDITIONS: Mapping[str, Condition] = MappingProxyType({one.name: one for one in _TABLE})
