"""What an activity is: the command that a host runs, and the flows that it makes."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from sample_pcaps.lab.scenario import Host, Network

__all__ = ["ANY", "ICMP", "TCP", "UDP", "Call", "Kind", "Touch"]

ICMP, TCP, UDP = 1, 6, 17
#: Any port, any protocol.
ANY = None


@dataclass(frozen=True)
class Touch:
    """Flows that an activity makes: to whom, to which port. ANY matches all.

    Attributes:
        dst: address or network.
        dst_port: of the target.
        protocol: number.
        src_port: of the host that acts, where it is known.
        src: who acts, where that is not the host's own address (forged ones).
    """

    dst: str
    dst_port: int | None = ANY
    protocol: int | None = TCP
    src_port: int | None = ANY
    src: str | None = None

    def told_from(self, other: Touch) -> bool:
        """Whether no flow of one could be one of the other, both being of the same host."""
        mine, theirs = (ip_network(touch.dst, strict=False) for touch in (self, other))
        if mine.version != theirs.version or not mine.overlaps(theirs):
            return True
        # A known source port is never one of those that the kernel gives out.
        if self.src_port != other.src_port:
            return True
        pairs = ((self.dst_port, other.dst_port), (self.protocol, other.protocol))
        return any(None not in pair and pair[0] != pair[1] for pair in pairs)

    def told_from_answer(self, other: Touch, mine: str, theirs: str) -> bool:
        """Whether no flow of the other, by a host of its own, could be one of this one's backwards.

        Args:
            other: of another host.
            mine: address of the host that makes this touch.
            theirs: address of the other's.
        """
        if None not in (self.dst_port, other.dst_port) or self.src_port != other.src_port:
            return True
        if None not in (self.protocol, other.protocol) and self.protocol != other.protocol:
            return True
        both = ((self.dst, theirs), (other.dst, mine))
        return not all(ip_address(a) in ip_network(dst, strict=False) for dst, a in both)


@dataclass(frozen=True)
class Call:
    """One start of an activity.

    Attributes:
        network: where.
        host: who.
        targets: the hosts that the activity's `to` names.
        to: the one of them that was drawn.
        folder: for files of this start, empty.
        shared: pages, keys, homes of the lab.
        draw: what is random.
        how: options of the activity.
        seconds: after so long it is ended.
    """

    network: Network
    host: Host
    targets: tuple[Host, ...]
    to: Host
    folder: Path
    shared: Path
    draw: random.Random
    how: Mapping[str, Any]
    seconds: float

    @property
    def address(self) -> str:
        """IPv4 of the target."""
        return self.network.address(self.to)

    @property
    def address6(self) -> str:
        """IPv6 of the target."""
        return self.network.address6(self.to)

    @property
    def addresses(self) -> list[str]:
        """IPv4 of all targets."""
        return [self.network.address(host) for host in self.targets]

    def option(self, name: str, default: Any) -> Any:
        """An option, or what stands for it."""
        return self.how.get(name, default)

    def write(self, name: str, lines: Sequence[str]) -> str:
        """A file for the command, a line each; its path."""
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n")
        return str(path)


@dataclass(frozen=True)
class Kind:
    """A kind of activity.

    Attributes:
        name: what scenarios call it.
        command: what a start of it runs.
        touches: the flows that it makes.
        family: of its flows; `benign` or an attack's.
        tool: the program, as truth files name it.
        seconds: after so long a start is ended, unless `how` says otherwise.
        serves: services of which a target must have one; empty: anybody will do.
    """

    name: str
    command: Callable[[Call], list[str]]
    touches: Callable[[Call], list[Touch]]
    family: str = "benign"
    tool: str = ""
    seconds: float = 60.0
    serves: tuple[str, ...] = field(default=())
