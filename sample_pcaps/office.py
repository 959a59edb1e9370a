"""What scenes of the office share: its hosts, its ordinary traffic, a sample's two files."""

from __future__ import annotations

import random
from dataclasses import dataclass

from sample_pcaps import files, traffic
from sample_pcaps.timeline import Host, Timeline

MINUTE_US = 60_000_000
ROUTER = Host("10.20.0.1", "02:00:5e:00:00:01")
RESOLVER = Host("10.20.0.53", "02:00:5e:00:00:35")


@dataclass(frozen=True)
class Sample:
    """A capture and its truth file, as bytes."""

    capture: bytes
    truth: bytes


def workplace(number: int) -> Host:
    """A client of the office; every third runs Windows."""
    windows = number % 3 == 0
    return Host(
        f"10.20.0.{100 + number}", f"02:00:5e:00:01:{number:02x}",
        ttl=128 if windows else 64, window=65_535 if windows else 64_240,
        timestamps=not windows, ip_id=1_000 * number,
    )  # fmt: skip


def timeline(seed: str, start: int) -> Timeline:
    """An empty timeline: its seed, its first second since 1970."""
    return Timeline(random.Random(seed), start * 1_000_000)


def office(line: Timeline, clients: int, pages: int, span_us: int, most: int = 4_500) -> None:
    """Ordinary traffic of an office."""
    for number in range(clients):
        client = workplace(number)
        traffic.arp(line, line.start_us + line.after(0, 900_000), client, ROUTER)
        traffic.browse(line, client, RESOLVER, pages, span_us, most)
        traffic.ntp(
            line, line.start_us + line.after(0, span_us), client, traffic.site("192.0.2.123")
        )


def benign(name: str) -> bytes:
    """The truth of a capture in which nothing is wrong."""
    return files.truth([{"capture": name, "family": "benign"}])
