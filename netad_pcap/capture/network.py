"""The network interfaces of this machine (Linux): names, link types, up or down, addresses."""

from __future__ import annotations

import contextlib
import fcntl
import ipaddress
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from netad_pcap.capture.link_layer import link_type_name

__all__ = ["NetworkInterface", "find_network_interface", "network_interfaces"]

# netdevice(7)
_SIOCGIFFLAGS, _SIOCGIFADDR, _SIOCGIFHWADDR = 0x8913, 0x8915, 0x8927
_IFF_UP = 1
_IFREQ_BYTES = 40
_IPV6_ADDRESSES = Path("/proc/thread-self/net/if_inet6")

#: ARPHRD_ number (linux/if_arp.h) -> LINKTYPE_ number of what a raw packet socket gives.
_LINK_TYPES: Mapping[int, int] = MappingProxyType(
    {
        1: 1,  # ETHER
        772: 1,  # LOOPBACK: an Ethernet header of zeros
        519: 101,  # RAWIP
        768: 101,  # TUNNEL: IP in IP
        769: 101,  # TUNNEL6
        776: 101,  # SIT
        65534: 101,  # NONE: tun, WireGuard
    }
)


@dataclass(frozen=True)
class NetworkInterface:
    """One interface.

    Attributes:
        name: as `ip link` has it.
        index: the kernel's number.
        hardware: ARPHRD_ number.
        up: it is up.
        addresses: IPv4 (the first one) and IPv6, as text.
    """

    name: str
    index: int
    hardware: int
    up: bool
    addresses: tuple[str, ...]

    @property
    def link_type(self) -> int | None:
        """LINKTYPE_ number; None where we cannot read what it would give."""
        return _LINK_TYPES.get(self.hardware)

    @property
    def is_loopback(self) -> bool:
        """Whether each packet passes it twice, out and in."""
        return self.hardware == 772

    def __str__(self) -> str:
        """One line of `-D`."""
        kind = "cannot be read" if self.link_type is None else link_type_name(self.link_type)
        state = "up" if self.up else "down"
        return "  ".join([self.name, kind, state, ", ".join(self.addresses)]).rstrip()


def network_interfaces() -> list[NetworkInterface]:
    """All interfaces of this network namespace, by number; none where the system is not Linux."""
    if not hasattr(socket, "AF_PACKET"):
        return []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        found = [_look_at(asked, name, index) for index, name in socket.if_nameindex()]
    return sorted((one for one in found if one is not None), key=lambda one: one.index)


def find_network_interface(name: str) -> NetworkInterface | None:
    """The interface of this name; None where there is none."""
    return next((one for one in network_interfaces() if one.name == name), None)


def _look_at(asked: socket.socket, name: str, index: int) -> NetworkInterface | None:
    """What the kernel says of an interface; None if it went away meanwhile."""
    request = struct.pack(f"{_IFREQ_BYTES}s", name.encode())
    try:
        (hardware,) = struct.unpack_from("H", fcntl.ioctl(asked, _SIOCGIFHWADDR, request), 16)
        (flags,) = struct.unpack_from("H", fcntl.ioctl(asked, _SIOCGIFFLAGS, request), 16)
    except OSError:
        return None
    addresses: list[str] = []
    with contextlib.suppress(OSError):  # it has none
        answer = fcntl.ioctl(asked, _SIOCGIFADDR, request)
        addresses.append(socket.inet_ntoa(answer[20:24]))
    return NetworkInterface(
        name, index, hardware, bool(flags & _IFF_UP), (*addresses, *_ipv6_addresses(name))
    )


def _ipv6_addresses(name: str) -> list[str]:
    try:
        lines = _IPV6_ADDRESSES.read_text(encoding="ascii").splitlines()
    except OSError:
        return []
    return [
        str(ipaddress.IPv6Address(int(fields[0], 16)))
        for fields in (line.split() for line in lines)
        if len(fields) == 6 and fields[5] == name
    ]
