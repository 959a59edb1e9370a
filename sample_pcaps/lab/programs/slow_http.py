"""Keeps a web server's connections busy: `slow_http HOST headers|body MANY WAIT SECONDS`."""

from __future__ import annotations

import contextlib
import socket
import sys
import time

__all__ = ["hold"]

_MOST = 500
_HEADS = {
    "headers": b"GET / HTTP/1.1\r\nHost: site\r\nUser-Agent: Mozilla/5.0\r\n",
    "body": b"POST /upload HTTP/1.1\r\nHost: site\r\nContent-Length: 100000\r\n\r\n",
}
_DROPS = {"headers": b"X-a: b\r\n", "body": b"a"}


def hold(host: str, mode: str, many: int, wait_s: float, seconds: float) -> None:
    """Opens connections and feeds each a little every `wait_s`, opens again what was closed."""
    end = time.monotonic() + seconds
    held: list[socket.socket] = []
    while time.monotonic() < end:
        while len(held) < min(many, _MOST) and time.monotonic() < end:
            with contextlib.suppress(OSError):
                connection = socket.create_connection((host, 80), 3)
                connection.sendall(_HEADS[mode])
                held.append(connection)
            time.sleep(0.02)
        for connection in list(held):
            try:
                connection.sendall(_DROPS[mode])
            except OSError:
                connection.close()
                held.remove(connection)
        time.sleep(wait_s)
    for connection in held:
        connection.close()


if __name__ == "__main__":
    hold(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5]))
