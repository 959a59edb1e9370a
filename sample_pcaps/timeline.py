"""Hosts and a timeline of frames: what every scene is written on."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from scapy.layers.inet import IP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Dot1AD, Dot1Q, Ether
from scapy.packet import Packet

#: Shortest Ethernet frame without its check sequence; what is shorter is padded (IEEE 802.3 3.2.8).
SHORTEST_FRAME = 60


@dataclass
class Host:
    """One end.

    Attributes:
        ip: its address.
        mac: of its card, or of the router that stands for it.
        ttl: as it arrives here.
        window: TCP window that it announces.
        timestamps: it sends TCP time stamps, as Linux does and Windows does not.
    """

    ip: str
    mac: str
    ttl: int = 64
    window: int = 64_240
    timestamps: bool = True
    ip_id: int = 0

    def next_id(self) -> int:
        """The next IPv4 identification."""
        self.ip_id = (self.ip_id + 1) % 65_536
        return self.ip_id


@dataclass
class Frame:
    """One record: time in µs since 1970, bytes, interface in a pcapng file."""

    time_us: int
    data: bytes
    interface: int = 0


@dataclass
class Timeline:
    """Frames in the making; everything random comes from `random`.

    Attributes:
        random: the seeded source of chance.
        start_us: when the capture begins, µs since 1970.
        frames: what was sent so far, in no order.
        tags: VLAN identifiers put on every frame, outermost first.
        raw: frames begin with IP (LINKTYPE_RAW), not Ethernet.
        interface: number of the interface that frames go to.
    """

    random: random.Random
    start_us: int
    frames: list[Frame] = field(default_factory=list)
    tags: tuple[int, ...] = ()
    raw: bool = False
    interface: int = 0
    ports: int = 49_152

    def send(self, time_us: int, source: Host, target: Host, payload: Packet) -> None:
        """Puts a transport packet on the wire."""
        if ":" in source.ip:
            ip: Packet = IPv6(src=source.ip, dst=target.ip, hlim=source.ttl)
        else:
            ip = IP(src=source.ip, dst=target.ip, ttl=source.ttl, id=source.next_id(), flags="DF")
        self.put(time_us, source.mac, target.mac, ip / payload)

    def put(self, time_us: int, source_mac: str, target_mac: str, packet: Packet) -> None:
        """Puts a packet into its frame, padded to the shortest that Ethernet allows."""
        if self.raw:
            data = bytes(packet)
        else:
            link: Packet = Ether(src=source_mac, dst=target_mac)
            for depth, tag in enumerate(self.tags):
                outer = depth == 0 and len(self.tags) > 1
                link = link / (Dot1AD(vlan=tag) if outer else Dot1Q(vlan=tag))
            data = bytes(link / packet)
            data += b"\0" * (SHORTEST_FRAME - len(data))
        self.frames.append(Frame(time_us, data, self.interface))

    def port(self) -> int:
        """A client's next port."""
        self.ports += self.random.randint(1, 3)
        return self.ports

    def after(self, low_us: int, high_us: int) -> int:
        """A delay."""
        return self.random.randint(low_us, high_us)

    def in_order(self) -> list[Frame]:
        """The frames by time, ties as they were sent."""
        return sorted(self.frames, key=lambda frame: frame.time_us)
