"""Packets with forged senders: `forge syn|answers TARGET SENDERS RATE PACKETS`.

`syn`: SYN segments to port 80. `answers`: datagrams from ports 53 and 123, as large as those of
servers that are asked for much. Senders are drawn from a network within the lab's range.
"""

from __future__ import annotations

import random
import socket
import struct
import sys
import time
from ipaddress import IPv4Network

__all__ = ["send_forged", "syn"]

_LAB = IPv4Network("198.18.0.0/15")
_MOST_PACKETS = 100_000


def send_forged(mode: str, target: str, senders: str, rate: float, packets: int) -> None:
    """Sends so many, at a rate.

    Raises:
        ValueError: senders or target are not of the lab's range.
    """
    network = IPv4Network(senders)
    if not network.subnet_of(_LAB) or not IPv4Network(target).subnet_of(_LAB):
        raise ValueError(f"only within {_LAB}")
    make = {"syn": syn, "answers": _answer}[mode]
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        begin = time.monotonic()
        for number in range(min(packets, _MOST_PACKETS)):
            late = begin + number / rate - time.monotonic()
            if late > 0:
                time.sleep(late)
            sender = network[random.randrange(1, network.num_addresses - 1)].packed
            raw.sendto(make(sender, socket.inet_aton(target)), (target, 0))


def syn(sender: bytes, target: bytes) -> bytes:
    """A SYN segment to port 80, addresses as 4 bytes each."""
    head = struct.pack(
        ">HHIIBBHHH", random.randrange(1024, 65536), 80, random.getrandbits(32), 0, 5 << 4, 2,
        random.choice((512, 8192, 64240)), 0, 0,
    )  # fmt: skip
    total = _sum(sender + target + struct.pack(">HH", socket.IPPROTO_TCP, len(head)) + head)
    return _ip(sender, target, socket.IPPROTO_TCP, head[:16] + struct.pack(">H", total) + head[18:])


def _answer(sender: bytes, target: bytes) -> bytes:
    port, size = random.choice(((53, random.randrange(900, 1400)), (123, 440)))
    data = random.randbytes(size)
    head = struct.pack(">HHHH", port, random.randrange(1024, 65536), 8 + size, 0)  # no checksum
    return _ip(sender, target, socket.IPPROTO_UDP, head + data)


def _ip(sender: bytes, target: bytes, protocol: int, data: bytes) -> bytes:
    """IPv4 header (RFC 791); the kernel fills in length and checksum."""
    ttl = random.choice((52, 57, 110, 240))
    head = struct.pack(">BBHHHBBH", 0x45, 0, 0, random.getrandbits(16), 0, ttl, protocol, 0)
    return head + sender + target + data


def _sum(data: bytes) -> int:
    """Internet checksum (RFC 1071)."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


if __name__ == "__main__":
    mode, target, senders, rate, packets = sys.argv[1:]
    send_forged(mode, target, senders, float(rate), int(packets))
