"""Packets with forged senders: `forge MODE TARGETS SENDERS RATE PACKETS`.

`syn`: SYN segments to port 80. `answers`: datagrams from ports 53 and 123, as large as those of
servers that are asked for much; and those of each of `REFLECTED` alone. `accepted`: what servers
say to SYN segments that they were never sent by the target. `refused`: what a flooded host says to
senders that never were. Targets and senders are drawn from networks within the lab's range.
"""

from __future__ import annotations

import random
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network
from types import MappingProxyType

__all__ = ["MODES", "REFLECTED", "send_forged"]

_LAB = IPv4Network("198.18.0.0/15")
_MOST_PACKETS = 100_000
_SYN, _RST, _ACK = 0x02, 0x04, 0x10
#: Some of those that CISA's alert TA14-017A lists: port, least and most bytes of an answer.
REFLECTED: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {
        "dns": (53, 900, 1400),
        "ntp": (123, 440, 441),
        "snmp": (161, 300, 1400),
        "ssdp": (1900, 240, 420),
        "cldap": (389, 1100, 1440),
        "memcached": (11211, 1000, 1430),
        "chargen": (19, 70, 1024),
        "portmap": (111, 68, 620),
    }
)
#: Ports of servers that accept connections.
_SERVERS = (22, 25, 53, 80, 110, 179, 443, 445, 993, 3389, 8080)


def send_forged(mode: str, targets: str, senders: str, rate: float, packets: int) -> None:
    """Sends so many, at a rate.

    Args:
        mode: name in `MODES`.
        targets: a network, or an address.
        senders: the same.
        rate: packets a second.
        packets: at most 100,000 are sent.

    Raises:
        ValueError: senders or targets are not of the lab's range.
    """
    to, of = IPv4Network(targets), IPv4Network(senders)
    if not of.subnet_of(_LAB) or not to.subnet_of(_LAB):
        raise ValueError(f"only within {_LAB}")
    make = MODES[mode]
    # Who reflects is asked with the sender's port: one for all, or one for each question.
    port = random.choice((80, 443, 27015, 0))
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        begin = time.monotonic()
        for number in range(min(packets, _MOST_PACKETS)):
            late = begin + number / rate - time.monotonic()
            if late > 0:
                time.sleep(late)
            target = _one_of(to)
            packet = make(_one_of(of), target, port or random.randrange(1024, 65536))
            raw.sendto(packet, (socket.inet_ntoa(target), 0))


def _one_of(network: IPv4Network) -> bytes:
    inner = max(1, network.num_addresses - 2)
    return network[random.randrange(inner) + (inner > 1)].packed


def _syn(sender: bytes, target: bytes, _: int) -> bytes:
    """A SYN segment to port 80."""
    return _segment(sender, target, random.randrange(1024, 65536), 80, _SYN)


def _accepted(sender: bytes, target: bytes, port: int) -> bytes:
    return _segment(sender, target, random.choice(_SERVERS), port, _SYN | _ACK)


def _refused(sender: bytes, target: bytes, port: int) -> bytes:
    """The port is the sender's: one service was flooded, or all."""
    flags = random.choice((_SYN | _ACK, _SYN | _ACK, _RST | _ACK))
    return _segment(sender, target, port, random.randrange(1024, 65536), flags)


def _answer(sender: bytes, target: bytes, _: int) -> bytes:
    name = random.choice(("dns", "ntp"))
    return MODES[name](sender, target, random.randrange(1024, 65536))


def _reflected(name: str) -> Callable[[bytes, bytes, int], bytes]:
    service, least, most = REFLECTED[name]

    def make(sender: bytes, target: bytes, port: int) -> bytes:
        data = random.randbytes(random.randrange(least, most))
        head = struct.pack(">HHHH", service, port, 8 + len(data), 0)  # no checksum
        return _ip(sender, target, socket.IPPROTO_UDP, head + data)

    return make


#: How packets are made: sender and target, 4 bytes each, and the target's port.
MODES: Mapping[str, Callable[[bytes, bytes, int], bytes]] = MappingProxyType(
    {
        "syn": _syn,
        "answers": _answer,
        "accepted": _accepted,
        "refused": _refused,
        **{name: _reflected(name) for name in REFLECTED},
    }
)


def _segment(sender: bytes, target: bytes, src_port: int, dst_port: int, flags: int) -> bytes:
    """A TCP segment without data."""
    head = struct.pack(
        ">HHIIBBHHH", src_port, dst_port, random.getrandbits(32),
        random.getrandbits(32) if flags & _ACK else 0, 5 << 4, flags,
        random.choice((512, 8192, 64240)), 0, 0,
    )  # fmt: skip
    total = _sum(sender + target + struct.pack(">HH", socket.IPPROTO_TCP, len(head)) + head)
    return _ip(sender, target, socket.IPPROTO_TCP, head[:16] + struct.pack(">H", total) + head[18:])


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
    mode, targets, senders, rate, packets = sys.argv[1:]
    send_forged(mode, targets, senders, float(rate), int(packets))
