"""Peers that gossip: `gossip live`, `gossip join FLAVOUR PORT RATE SECONDS SEED`, and
`gossip visit HOST PORT RATE SECONDS SEED`.

A member (`join`) asks peers of a list, most of which is stale: addresses that nobody has any more,
ports that nobody listens at. Peers that live (`live`, one host that has all their addresses) answer
datagrams and serve pieces; they call members by themselves (`visit`), also those that have left.
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from types import MappingProxyType

from sample_pcaps.lab.programs.listening import serve

__all__ = ["FLAVOURS", "LIVE", "PEERS", "draw_peer", "join"]

#: Addresses of peers, and those of them that are there. Of no other network of the lab.
PEERS, LIVE = IPv4Network("198.19.112.0/20"), IPv4Network("198.19.112.0/22")
#: Ports where peers listen, drawn once: each has one of them. Below those of the kernel.
_PORTS = tuple(random.Random(7).sample(range(6_000, 32_000), 24))
_MOST_PIECES, _HEAD_BYTES = 12, 13
_IP_PKTINFO = 8  # linux/in.h: which address a datagram came to, and which one it goes from
_QUESTION, _ANSWER = b"q", b"r"
_PKTINFO = struct.Struct("i4s4s")


@dataclass(frozen=True)
class Flavour:
    """A protocol of peers.

    Attributes:
        ask: bytes of a question by datagram, from and to.
        datagrams: share of peers that are asked by datagram, others by connection.
        stale: share of the list that has gone; of the rest one of five listens elsewhere.
        patience_s: how long a connection is waited for.
    """

    ask: tuple[int, int]
    datagrams: float
    stale: float
    patience_s: float


FLAVOURS: Mapping[str, Flavour] = MappingProxyType(
    {
        "pieces": Flavour((92, 150), 0.75, 0.55, 6.0),  # like BitTorrent and its hash table
        "search": Flavour((23, 60), 0.35, 0.75, 3.5),  # like Gnutella: more connections
        "coins": Flavour((24, 80), 0.05, 0.8, 5.0),  # like Bitcoin: connections only
    }
)


def draw_peer(flavour: Flavour, draw: random.Random) -> tuple[str, int]:
    """An address and a port of the list."""
    if draw.random() < flavour.stale:
        place = draw.randrange(LIVE.num_addresses, PEERS.num_addresses - 1)
        return str(PEERS[place]), draw.randrange(1_100, 65_500)
    place = draw.randrange(1, LIVE.num_addresses)
    moved = draw.random() < 0.2
    return str(LIVE[place]), draw.randrange(33_000, 60_000) if moved else _port(place)


def join(name: str, port: int, rate: float, seconds: float, seed: int) -> None:
    """Asks `rate` peers a second, in bursts, and answers who calls at `port`."""
    flavour, draw = FLAVOURS[name], random.Random(seed)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        datagrams.bind(("", port))
        _apart(_answer_datagrams, datagrams)
        _apart(serve, port, _answer)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for _ in range(draw.choice((1, 1, 1, 2, 3, 8))):
                peer = draw_peer(flavour, draw)
                if draw.random() < flavour.datagrams:
                    datagrams.sendto(_word(draw.randrange(*flavour.ask)), peer)
                else:
                    _apart(_fetch, peer, flavour.patience_s, draw.randrange(1, _MOST_PIECES))
                time.sleep(draw.expovariate(20))
            time.sleep(draw.expovariate(rate / 2.7))


def _fetch(peer: tuple[str, int], patience_s: float, pieces: int) -> None:
    """Greets, and is given some pieces, each asked for."""
    with contextlib.suppress(OSError), socket.create_connection(peer, patience_s) as connection:
        connection.sendall(random.randbytes(68))
        connection.recv(4096)
        for _ in range(random.choice((0, 0, 1, pieces))):
            size = 1 << random.randrange(9, 15)
            connection.sendall(random.randbytes(13) + struct.pack(">I", size))
            left = _HEAD_BYTES + size
            while left > 0 and (got := connection.recv(1 << 15)):
                left -= len(got)
            time.sleep(random.expovariate(4))


def _answer(connection: socket.socket) -> None:
    """A greeting for a greeting, a piece for a question of 17 bytes."""
    connection.recv(68)
    connection.sendall(random.randbytes(68 + random.randrange(120)))
    while len(asked := connection.recv(17)) == 17:
        size = min(struct.unpack_from(">I", asked, 13)[0], 1 << 14)
        connection.sendall(random.randbytes(_HEAD_BYTES + size))


def _answer_datagrams(datagrams: socket.socket) -> None:
    """Answers questions, from the address that they were sent to."""
    datagrams.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
    while True:
        asked, extra, _, sender = datagrams.recvmsg(2048, socket.CMSG_SPACE(_PKTINFO.size))
        if asked[:1] == _QUESTION and random.random() < 0.85:
            _, _, mine = _PKTINFO.unpack(extra[0][2])
            ours = [(socket.IPPROTO_IP, _IP_PKTINFO, _PKTINFO.pack(0, mine, bytes(4)))]
            answer = random.randbytes(random.randrange(35, 310))
            datagrams.sendmsg([_ANSWER + answer], ours, 0, sender)


def _word(size: int) -> bytes:
    return _QUESTION + random.randbytes(size)


def _live() -> None:
    """All living peers: their addresses are local to this host, each answers as itself."""
    for port in _PORTS:
        _apart(serve, port, _answer)
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        datagrams.bind(("", port))
        _apart(_answer_datagrams, datagrams)
    threading.Event().wait()


def _visit(host: str, port: int, rate: float, seconds: float, seed: int) -> None:
    """Peers call a member, by datagram or connection, each from an address of its own."""
    draw = random.Random(seed)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        source = str(LIVE[draw.randrange(1, LIVE.num_addresses)])
        _apart(_question if draw.random() < 0.6 else _knock, (host, port), source)
        time.sleep(draw.expovariate(rate))


def _question(member: tuple[str, int], source: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind((source, 0))
        datagrams.settimeout(2)
        with contextlib.suppress(OSError):
            datagrams.connect(member)
            datagrams.send(_word(random.randrange(60, 130)))
            datagrams.recv(2048)


def _knock(member: tuple[str, int], source: str) -> None:
    with (
        contextlib.suppress(OSError),
        socket.create_connection(member, 4, source_address=(source, 0)) as connection,
    ):
        connection.sendall(random.randbytes(68))
        connection.settimeout(4)
        connection.recv(4096)


def _port(place: int) -> int:
    return _PORTS[place % len(_PORTS)]


def _apart(work: Callable[..., None], *arguments: object) -> None:
    threading.Thread(target=work, args=arguments, daemon=True).start()


if __name__ == "__main__":
    if sys.argv[1] == "live":
        _live()
    elif sys.argv[1] == "join":
        name, port, rate, seconds, seed = sys.argv[2:]
        join(name, int(port), float(rate), float(seconds), int(seed))
    else:
        host, port, rate, seconds, seed = sys.argv[2:]
        _visit(host, int(port), float(rate), float(seconds), int(seed))
