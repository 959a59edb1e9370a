"""Pictures over UDP: `camera HOST PORT KILOBYTES SECONDS`; `camera serve PORT` takes them."""

from __future__ import annotations

import random
import socket
import sys
import time

__all__ = ["send_pictures"]

_PER_SECOND = 10
_DATAGRAM_BYTES = 1200


def send_pictures(host: str, port: int, kilobytes: float, seconds: float) -> None:
    """Ten pictures a second, each in datagrams of 1,200 bytes, from one port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.connect((host, port))
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            rest = max(200, int(random.gauss(kilobytes, kilobytes / 4) * 1000))
            while rest > 0:
                datagrams.send(random.randbytes(min(rest, _DATAGRAM_BYTES)))
                rest -= _DATAGRAM_BYTES
            time.sleep(1 / _PER_SECOND)


def _take(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("", port))
        while True:
            datagrams.recv(2048)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        _take(int(sys.argv[2]))
    else:
        host, port, kilobytes, seconds = sys.argv[1:]
        send_pictures(host, int(port), float(kilobytes), float(seconds))
