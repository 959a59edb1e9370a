"""Builds a network: a namespace for each host, the router and the bridges, and their wires.

    hosts ── bridge "lan" ── router ── bridge "outside" ── hosts outside

Each end of a wire is made inside its namespace, under its own name. Nothing leads out of the
namespaces: there is no uplink, and the widest route is that of 198.18.0.0/15.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from sample_pcaps.lab import namespaces
from sample_pcaps.lab.errors import LabError
from sample_pcaps.lab.scenario import Host, Network

__all__ = ["LAN", "Wiring", "check_names"]

#: Benchmarking networks (RFC 2544) and unique local addresses (RFC 4193).
_ROOM, _ROOM6 = IPv4Network("198.18.0.0/15"), IPv6Network("fd00::/8")
LAN, OUTSIDE = "lan", "outside"
_BRIDGES, _ROUTER = "bridges", "router"
_WIRE = "wire0"
#: No duplicate address detection, no router solicitations: addresses stand at once, silence is
#: silent.
_HOST_SETTINGS = {
    "ipv6/conf/all/accept_dad": "0",
    "ipv6/conf/default/accept_dad": "0",
    "ipv6/conf/default/accept_ra": "0",
    "ipv6/conf/default/router_solicitations": "0",
}
_ROUTER_SETTINGS = {"ipv4/ip_forward": "1", "ipv6/conf/all/forwarding": "1"}


def check_names(network: Network, run: str) -> None:
    """Whether the machine has none of the names of a run; asked before the lab hides its own.

    Raises:
        LabError: a namespace or an interface has one.
    """
    for name in _names(network, run):
        if namespaces.taken(name) or Path("/sys/class/net", name).exists():
            raise LabError(f"{name} exists on this machine; it is not ours to use or remove")


@dataclass(frozen=True)
class Wiring:
    """A network that has been built.

    Attributes:
        network: its description.
        run: part of every name.
    """

    network: Network
    run: str

    @property
    def bridges(self) -> str:
        """The namespace where all packets of the local network pass, at interface `lan`."""
        return _name(self.run, _BRIDGES)

    def namespace(self, host: Host) -> str:
        """Where a host is."""
        return _name(self.run, host.name)

    def build(self) -> None:
        """Makes everything.

        Raises:
            LabError: an address is not one that we may use, or `ip` failed.
        """
        self._check()
        for name in _names(self.network, self.run):
            namespaces.ip("netns", "add", name)
        router = _name(self.run, _ROUTER)
        _batch(self.bridges, [*_bridge(LAN), *_bridge(OUTSIDE)])
        _set(router, _ROUTER_SETTINGS)
        # Silent about senders that do not exist, as a router of the world would be.
        _batch(router, ["link set lo up", f"route add blackhole {_ROOM}"])
        net = self.network
        for bridge, v4, v6 in ((LAN, net.lan, net.lan6), (OUTSIDE, net.outside, net.outside6)):
            self._wire(router, bridge, f"to_{bridge}"[:15], bridge, v4, v6, 1)
        for place, host in enumerate(net.hosts, net.first):
            bridge, v4, v6 = (
                (OUTSIDE, net.outside, net.outside6) if host.outside else (LAN, net.lan, net.lan6)
            )
            name = self.namespace(host)
            self._wire(name, bridge, host.name, _WIRE, v4, v6, place)
            _batch(
                name,
                [
                    f"route add {_ROOM} via {IPv4Network(v4)[1]}",
                    f"route add {_ROOM6} via {IPv6Network(v6)[1]}",
                    *([f"route add local {host.also} dev lo"] if host.also else []),
                ],
            )
            if host.also:
                _batch(router, [f"route add {host.also} via {net.address(host)}"])

    def take_down(self) -> None:
        """Removes the namespaces, and with them their wires; says nothing of what is gone."""
        for name in _names(self.network, self.run):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)

    def _wire(
        self, name: str, bridge: str, far: str, near: str, v4: str, v6: str, place: int
    ) -> None:
        """A wire from a namespace to a bridge, with addresses at the near end."""
        four, six = IPv4Network(v4), IPv6Network(v6)
        mac = ":".join(f"{byte:02x}" for byte in b"\x02\x1a" + four[place].packed)
        mtu = self.network.mtu
        _set(name, _HOST_SETTINGS)
        _batch(
            self.bridges,
            [
                f"link add {far} mtu {mtu} type veth peer name {near} mtu {mtu} address {mac} "
                f"netns {name}",
                f"link set {far} master {bridge} up",
            ],
        )
        _batch(
            name,
            [
                "link set lo up",
                f"link set {near} up",
                f"addr add {four[place]}/{four.prefixlen} dev {near}",
                f"addr add {six[place]}/{six.prefixlen} dev {near} nodad",
            ],
        )
        namespaces.inside(name, lambda: namespaces.offloads_off(near))
        namespaces.inside(self.bridges, lambda: namespaces.offloads_off(far))

    def _check(self) -> None:
        net = self.network
        also = [host.also for host in net.hosts if host.also]
        if not all(IPv4Network(text).subnet_of(_ROOM) for text in (net.lan, net.outside, *also)):
            raise LabError(f"network {net.name}: addresses must be within {_ROOM}")
        if not all(IPv6Network(text).subnet_of(_ROOM6) for text in (net.lan6, net.outside6)):
            raise LabError(f"network {net.name}: IPv6 addresses must be within {_ROOM6}")


def _names(network: Network, run: str) -> list[str]:
    """The names of all namespaces that a run of this network makes."""
    return [_name(run, part) for part in (_BRIDGES, _ROUTER, *(h.name for h in network.hosts))]


def _name(run: str, part: str) -> str:
    return f"{namespaces.PREFIX}{run}-{part}"


def _bridge(name: str) -> list[str]:
    return [
        f"link add {name} type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
        f"link set {name} up",
    ]


def _batch(name: str, lines: Sequence[str]) -> None:
    """Several commands of `ip` inside a namespace."""
    done = subprocess.run(
        ["ip", "-n", name, "-batch", "-"], input="\n".join(lines), capture_output=True, text=True
    )
    if done.returncode:
        raise LabError(f"ip, in {name}: {done.stderr.strip().splitlines()[0]}")


def _set(name: str, settings: dict[str, str]) -> None:
    """Kernel settings of a namespace, those that this kernel has."""

    def write() -> None:
        for path, value in settings.items():
            place = Path("/proc/sys/net", path)
            if place.exists():
                place.write_text(value)

    namespaces.inside(name, write)
