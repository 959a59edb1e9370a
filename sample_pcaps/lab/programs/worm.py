"""Spreads like a worm: `worm NETWORK PORT RATE SECONDS SEED`; what it sends does nothing."""

from __future__ import annotations

import contextlib
import random
import socket
import sys
import threading
import time
from ipaddress import IPv4Network

__all__ = ["spread"]

_BODY = 40_000
_LAB = IPv4Network("198.18.0.0/15")


def spread(network: str, port: int, rate: float, seconds: float, seed: int) -> None:
    """Tries addresses in an order drawn from `seed`, `rate` a second; again from the start.

    Raises:
        ValueError: the network is not of the lab's range.
    """
    room = IPv4Network(network)
    if not room.subnet_of(_LAB):
        raise ValueError(f"only within {_LAB}")
    draw = random.Random(seed)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        address = str(room[draw.randrange(1, room.num_addresses - 1)])
        threading.Thread(target=_try, args=(address, port), daemon=True).start()
        time.sleep(draw.expovariate(rate))


def _try(address: str, port: int) -> None:
    with contextlib.suppress(OSError), socket.create_connection((address, port), 2) as connection:
        connection.settimeout(2)
        connection.sendall(random.randbytes(_BODY))
        connection.recv(4096)


if __name__ == "__main__":
    network, port, rate, seconds, seed = sys.argv[1:]
    spread(network, int(port), float(rate), float(seconds), int(seed))
