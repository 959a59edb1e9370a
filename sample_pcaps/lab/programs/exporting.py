"""What devices report: `exporting syslog|netflow HOST RATE SECONDS`; `exporting serve` takes it."""

from __future__ import annotations

import random
import select
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

__all__ = ["REPORTS", "export"]

_NETFLOW_RECORDS = 30  # as many as a datagram of version 5 holds


def _syslog() -> bytes:
    # RFC 3164: most lines are short, some tell a whole story.
    size = min(int(random.lognormvariate(4.6, 0.6)), 1_000)
    head = f"<{random.randrange(8, 190)}>Nov 30 10:{random.randrange(60):02d}:00 device app[77]: "
    return head.encode() + random.randbytes(size).hex()[:size].encode()


def _netflow() -> bytes:
    # Cisco's version 5: a head of 24 bytes, records of 48.
    records = random.choice((_NETFLOW_RECORDS, _NETFLOW_RECORDS, random.randrange(1, 30)))
    return struct.pack(">HH", 5, records) + random.randbytes(20 + 48 * records)


#: Report -> where it is taken, and what one is.
REPORTS: Mapping[str, tuple[int, Callable[[], bytes]]] = MappingProxyType(
    {"syslog": (514, _syslog), "netflow": (2055, _netflow)}
)


def export(name: str, host: str, rate: float, seconds: float) -> None:
    """About `rate` datagrams a second from one port; lines of one event come together."""
    port, make = REPORTS[name]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            burst = random.choice((1, 1, 2, 6))
            for _ in range(burst):
                datagrams.sendto(make(), (host, port))
            time.sleep(min(random.expovariate(rate / burst), max(0.0, end - time.monotonic())))


def _serve() -> None:
    taken = []
    for port, _ in REPORTS.values():
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        datagrams.bind(("", port))
        taken.append(datagrams)
    while True:
        for datagrams in select.select(taken, [], [])[0]:
            datagrams.recv(4096)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        _serve()
    else:
        name, host, rate, seconds = sys.argv[1:]
        export(name, host, float(rate), float(seconds))
