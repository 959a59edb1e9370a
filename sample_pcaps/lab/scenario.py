"""The words in which a testbed is described: networks, hosts, activities, scenarios.

All of it is data. Who acts and who is meant is said by patterns of host names (`pc*`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network
from typing import Any

__all__ = ["Activity", "Host", "Network", "Scenario", "hosts"]


@dataclass(frozen=True)
class Host:
    """One machine of a network.

    Attributes:
        name: unique in its network.
        services: what it serves, names of `services.SERVICES`.
        outside: it stands beyond the router, in a subnet that is not recorded by itself.
        also: a subnet all addresses of which are its own, too: one machine in place of many.
    """

    name: str
    services: tuple[str, ...] = ()
    outside: bool = False
    also: str = ""


def hosts(name: str, count: int, *services: str, outside: bool = False) -> tuple[Host, ...]:
    """Machines alike: `pc1`, `pc2`, …"""
    return tuple(Host(f"{name}{i}", services, outside) for i in range(1, count + 1))


@dataclass(frozen=True)
class Network:
    """A local network, a router, and what lies beyond it.

    Attributes:
        name: unique; `netad-pcap/lab/NAME` is the source in truth files.
        lan: its subnet, within 198.18.0.0/15; the router has the first address.
        outside: the subnet beyond the router, the same way.
        lan6: the same in IPv6, a ULA.
        outside6: beyond the router.
        hosts: in order of their addresses.
        first: place of the first host's address in its subnet.
        mtu: bytes.
    """

    name: str
    lan: str
    outside: str
    lan6: str
    outside6: str
    hosts: tuple[Host, ...]
    first: int = 10
    mtu: int = 1500

    @property
    def source(self) -> str:
        """What truth files call it."""
        return f"netad-pcap/lab/{self.name}"

    @property
    def router(self) -> str:
        """The router's address in the local network."""
        return str(IPv4Network(self.lan)[1])

    def address(self, host: Host) -> str:
        """IPv4 address of a host."""
        return str(IPv4Network(self.outside if host.outside else self.lan)[self._place(host)])

    def address6(self, host: Host) -> str:
        """IPv6 address of a host."""
        return str(IPv6Network(self.outside6 if host.outside else self.lan6)[self._place(host)])

    def matching(self, pattern: str) -> tuple[Host, ...]:
        """Hosts whose names match one of the patterns, in order (`pc*`, `web|mail`)."""
        patterns = pattern.split("|")
        return tuple(h for h in self.hosts if any(fnmatchcase(h.name, p) for p in patterns))

    def _place(self, host: Host) -> int:
        return self.first + self.hosts.index(host)


@dataclass(frozen=True)
class Activity:
    """Who does what to whom, how often.

    Attributes:
        what: name in `activities.KINDS`.
        by: pattern of the hosts that do it, each for itself.
        to: pattern of the hosts that it is done to; kinds that want one host draw one each time.
        every: mean seconds between two starts of one host; None: once.
        start: seconds from the begin of the scenario to the first start.
        until: seconds from the begin, no start afterwards; None: the end of the scenario.
        how: what the kind takes: speeds, sizes, counts.
    """

    what: str
    by: str
    to: str
    every: float | None = None
    start: float = 0.0
    until: float | None = None
    how: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """What happens in one network for a while; one capture.

    Attributes:
        name: of the capture.
        network: where.
        seconds: for how long.
        activities: what.
        seed: of all that is drawn.
    """

    name: str
    network: Network
    seconds: float
    activities: tuple[Activity, ...]
    seed: int = 0
