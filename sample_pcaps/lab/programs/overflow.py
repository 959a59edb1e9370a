"""Feeds a service what it was not made for: `overflow HOST PORT TIMES WAIT`."""

from __future__ import annotations

import contextlib
import random
import socket
import sys
import time

__all__ = ["overflow"]

_TIMEOUT_S = 1.5
_LONGEST = 20_000


def overflow(host: str, port: int, times: int, wait_s: float) -> None:
    """Connects, hears a banner if there is one, sends noise of another length each time, leaves."""
    for _ in range(times):
        with (
            contextlib.suppress(OSError),
            socket.create_connection((host, port), _TIMEOUT_S) as connection,
        ):
            connection.settimeout(random.uniform(0.1, _TIMEOUT_S))
            with contextlib.suppress(TimeoutError):
                connection.recv(1024)
            connection.sendall(random.randbytes(random.randrange(200, _LONGEST)) + b"\r\n")
            with contextlib.suppress(TimeoutError):
                connection.recv(4096)
        time.sleep(random.expovariate(1 / wait_s))


if __name__ == "__main__":
    host, port, times, wait = sys.argv[1:]
    overflow(host, int(port), int(times), float(wait))
