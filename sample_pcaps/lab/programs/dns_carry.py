"""Carries data in names: `dns_carry SERVER ZONE SOURCE_PORT RATE SECONDS A|TXT`.

SOURCE_PORT 0: each question comes from a port of its own, as a host's resolver does it.
"""

from __future__ import annotations

import base64
import contextlib
import random
import socket
import struct
import sys
import time

__all__ = ["carry", "query"]

_TYPES = {"A": 1, "TXT": 16}  # RFC 1035 3.2.2
_LABEL_BYTES = 37  # 60 letters of base32


def query(zone: str, data: bytes, kind: str) -> bytes:
    """A query for a name that holds the data, in labels of up to 60 letters (RFC 1035 4.1)."""
    text = base64.b32encode(data).decode().rstrip("=").lower()
    labels = [text[at : at + 60] for at in range(0, len(text), 60)] + zone.split(".")
    name = b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"
    head = struct.pack(">HHHHHH", random.getrandbits(16), 0x0100, 1, 0, 0, 0)
    return head + name + struct.pack(">HH", _TYPES[kind], 1)


def carry(server: str, zone: str, port: int, rate: float, seconds: float, kind: str) -> None:
    """Asks for names at a rate until the time is over; answers are not waited for long."""
    end = time.monotonic() + seconds
    asked = _bound(port)
    try:
        while time.monotonic() < end:
            data = random.randbytes(random.randrange(40, 4 * _LABEL_BYTES - 20))
            asked.sendto(query(zone, data, kind), (server, 53))
            with contextlib.suppress(OSError):
                asked.recv(4096)
            if not port:
                asked.close()
                asked = _bound(port)
            time.sleep(random.uniform(0.5, 1.5) / rate)
    finally:
        asked.close()


def _bound(port: int) -> socket.socket:
    asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asked.bind(("", port))
    asked.settimeout(0.2)
    return asked


if __name__ == "__main__":
    server, zone, port, rate, seconds, kind = sys.argv[1:]
    carry(server, zone, int(port), float(rate), float(seconds), kind)
