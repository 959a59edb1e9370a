"""Things that look for each other: `discovery hear ADDRESS BROADCAST WAY,…` and
`discovery look WAY ADDRESS BROADCAST EVERY SECONDS`.

To groups and to everybody of the network, as the protocols do; those that hear answer the one that
asked, or all.
"""

from __future__ import annotations

import random
import socket
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["WAYS", "Way", "look"]

#: To everybody of the network, at its broadcast address.
_ALL = "all"
_WIRE = b"wire0"


@dataclass(frozen=True)
class Way:
    """A protocol by which things are found.

    Attributes:
        group: a multicast address, or `all`: the broadcast address of the network.
        port: where they are heard.
        source: port that questions come from; 0: one that the kernel gives.
        burst: datagrams in a question, from and to.
        sizes: bytes of a datagram, from and to.
        answers: "" nobody answers, "one" to who asked, "group" to all.
        answer_sizes: bytes of an answer.
    """

    group: str
    port: int
    source: int = 0
    burst: tuple[int, int] = (1, 2)
    sizes: tuple[int, int] = (40, 120)
    answers: str = ""
    answer_sizes: tuple[int, int] = (80, 300)


WAYS: Mapping[str, Way] = MappingProxyType(
    {
        # UPnP device architecture 1.1, 1.3.2 and 1.2.2
        "ssdp": Way("239.255.255.250", 1900, 0, (1, 4), (94, 175), "one", (260, 420)),
        "ssdp_notify": Way("239.255.255.250", 1900, 0, (3, 12), (280, 420)),
        "mdns": Way("224.0.0.251", 5353, 5353, (1, 3), (30, 220), "group", (80, 480)),  # RFC 6762
        "llmnr": Way("224.0.0.252", 5355, 0, (1, 2), (22, 40)),  # RFC 4795
        "ws_discovery": Way("239.255.255.250", 3702, 0, (2, 4), (600, 900), "one", (901, 1300)),
        "netbios_names": Way(_ALL, 137, 137, (1, 3), (50, 68)),  # RFC 1002 4.2
        "netbios_browse": Way(_ALL, 138, 138, (1, 1), (201, 243)),
        "dhcp": Way("255.255.255.255", 67, 68, (1, 1), (244, 299), "one", (300, 350)),  # RFC 2131
        "folders": Way("255.255.255.255", 17500, 17500, (1, 2), (130, 220)),  # LAN sync
        "plugs": Way("255.255.255.255", 9999, 0, (1, 3), (29, 45), "one", (400, 700)),
        "bacnet_who": Way(_ALL, 47808, 47808, (1, 1), (12, 18), "group", (21, 25)),
        "enip_list": Way(_ALL, 44818, 0, (1, 2), (24, 24), "one", (60, 90)),
    }
)


def look(name: str, address: str, broadcast: str, every_s: float, seconds: float) -> None:
    """Asks about every so many seconds, and takes what comes.

    Args:
        name: of the way.
        address: of this host.
        broadcast: of its network.
        every_s: mean time between two bursts.
        seconds: for how long.
    """
    way = WAYS[name]
    end = time.monotonic() + seconds
    kept = _open(address, way.source) if way.source else None
    while time.monotonic() < end:
        asked = kept or _open(address, 0)
        for _ in range(random.randint(*way.burst)):
            asked.sendto(random.randbytes(random.randint(*way.sizes)), _all(way, broadcast))
            time.sleep(random.uniform(0.02, 0.3))
        _take(asked, min(end, time.monotonic() + 1.5))
        if kept is None:
            asked.close()
        time.sleep(min(random.uniform(0.6, 1.4) * every_s, max(0.0, end - time.monotonic())))


def _take(asked: socket.socket, until: float) -> None:
    while (left := until - time.monotonic()) > 0:
        asked.settimeout(left)
        try:
            asked.recv(2048)
        except TimeoutError:
            return


def _hear(way: Way, address: str, broadcast: str) -> None:
    """Answers questions a moment later; what is as long as an answer is none."""
    heard = _open(address, way.port)
    if not way.group.startswith(("a", "255")):
        member = socket.inet_aton(way.group) + socket.inet_aton(address)
        heard.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
    while True:
        asked, sender = heard.recvfrom(2048)
        question = sender[0] != address and len(asked) < way.answer_sizes[0]
        if not question or not way.answers or random.random() < 0.3:
            continue
        time.sleep(random.uniform(0.02, 0.4))
        to = sender if way.answers == "one" else _all(way, broadcast)
        heard.sendto(random.randbytes(random.randint(*way.answer_sizes)), to)


def _all(way: Way, broadcast: str) -> tuple[str, int]:
    return (broadcast if way.group == _ALL else way.group), way.port


def _open(address: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    # There is no route to groups and to everybody: they are on the wire.
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, _WIRE)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
    made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    made.bind(("", port))
    return made


if __name__ == "__main__":
    if sys.argv[1] == "hear":
        address, broadcast, names = sys.argv[2:]
        for name in names.split(","):
            arguments = (WAYS[name], address, broadcast)
            threading.Thread(target=_hear, args=arguments, daemon=True).start()
        threading.Event().wait()
    else:
        name, address, broadcast, every, seconds = sys.argv[2:]
        look(name, address, broadcast, float(every), float(seconds))
