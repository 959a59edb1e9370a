"""Carries data in names: `dns_carry SERVER ZONE SOURCE_PORT RATE SECONDS A|AAAA|TXT
[--bytes LEAST MOST] [--encoding NAME]`, and `dns_carry serve`, the far end of short ones.

SOURCE_PORT 0: each question comes from a port of its own, as a host's resolver does it. Long names
are data that are carried out; short ones, of a few bytes, ask whether there are orders.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import random
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from sample_pcaps.lab.programs.asking import TYPES, question

__all__ = ["ENCODINGS", "answer", "carry", "query"]

#: How bytes are written as the letters of a name.
ENCODINGS: Mapping[str, Callable[[bytes], str]] = MappingProxyType(
    {
        "base32": lambda data: base64.b32encode(data).decode().rstrip("=").lower(),
        "hex": bytes.hex,
        # Five digits for two bytes are always enough.
        "digits": lambda data: str(int.from_bytes(data)).zfill(-(-len(data) * 5 // 2)),
    }
)
_DATA_BYTES = (40, 127)  # up to four labels of base32
#: One answer of eight brings an order.
_ORDER_SHARE = 1 / 8


def query(zone: str, data: bytes, kind: str, encoding: str = "base32") -> bytes:
    """A query for a name that holds the data, in labels of up to 60 letters (RFC 1035 4.1)."""
    text = ENCODINGS[encoding](data)
    labels = [text[at : at + 60] for at in range(0, len(text), 60)]
    return question(".".join([*labels, zone]), kind)


def answer(asked: bytes) -> bytes:
    """Of the far end: an address or some letters for every name; now and then an order."""
    end = asked.index(b"\0", 12) + 5  # after the name, its type and its class
    (kind,) = struct.unpack_from(">H", asked, end - 4)
    if kind == TYPES["TXT"]:
        text = random.randbytes(random.randrange(20, 90) if random.random() < _ORDER_SHARE else 4)
        data = bytes([2 * len(text)]) + text.hex().encode()
    else:
        data = random.randbytes(16 if kind == TYPES["AAAA"] else 4)
    head = asked[:2] + struct.pack(">HHHHH", 0x8580, 1, 1, 0, 0)
    # The name by a pointer to that of the question; nobody is to remember it (TTL 0).
    record = struct.pack(">HHHIH", 0xC00C, kind, 1, 0, len(data)) + data
    return head + asked[12:end] + record


def carry(
    server: str, zone: str, port: int, rate: float, seconds: float, kind: str,
    sizes: tuple[int, int] = _DATA_BYTES, encoding: str = "base32",
) -> None:  # fmt: skip
    """Asks for names at a rate until the time is over; answers are not waited for long.

    Args:
        server: address of who is asked.
        zone: what all names end with.
        port: where questions come from; 0: each from one of its own.
        rate: questions a second.
        seconds: for how long.
        kind: of the records that are asked for.
        sizes: least and most bytes in a name.
        encoding: name in `ENCODINGS`.
    """
    end = time.monotonic() + seconds
    asked = _bound(port)
    try:
        while time.monotonic() < end:
            data = random.randbytes(random.randint(*sizes))
            asked.sendto(query(zone, data, kind, encoding), (server, 53))
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


def _serve() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("", 53))
        while True:
            asked, sender = listening.recvfrom(2048)
            with contextlib.suppress(ValueError, struct.error):  # not a question
                listening.sendto(answer(asked), sender)


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        _serve()
    parser = argparse.ArgumentParser()
    for name, sort in (("server", str), ("zone", str), ("port", int), ("rate", float)):
        parser.add_argument(name, type=sort)
    parser.add_argument("seconds", type=float)
    parser.add_argument("kind", choices=("A", "AAAA", "TXT"))
    parser.add_argument("--bytes", type=int, nargs=2, default=_DATA_BYTES, dest="sizes")
    parser.add_argument("--encoding", choices=ENCODINGS, default="base32")
    carry(**vars(parser.parse_args()))
