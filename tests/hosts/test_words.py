from __future__ import annotations

from typing import Any

import pytest

from netad_pcap.hosts.words import bytes_text, duration_text, reasons_of

COUNTS = {
    "kind": "pair",
    "source": "10.0.7.9",
    "destination": "198.18.3.7",
    "family": "anomaly",
    "flows": 5210,
    "sources": 1,
    "destinations": 1,
    "ports": [53],
    "port_count": 1,
    "protocol": 17,
    "unanswered": 0,
    "refused": 0,
    "forward_bytes": 5210 * 118,
    "backward_bytes": 0,
    "mean_duration_us": 0.0,
    "duration_spread": 0.0,
    "minimum": False,
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"family": "tunnel"},
         "5,210 DNS queries to 198.18.3.7, mean 118 bytes (normal: 31-64)"),
        ({"kind": "host", "destination": None, "flows": 9841, "destinations": 254,
          "ports": [445, 22, 3389], "port_count": 3, "protocol": 6, "unanswered": 9447},
         "9,841 flows to 254 hosts, ports 22 445 3389, 96% unanswered"),
        ({"flows": 1204, "destination": "10.0.5.4", "ports": [22], "protocol": 6,
          "mean_duration_us": 3_100_000.0, "duration_spread": 0.04},
         "1,204 SSH sessions to 10.0.5.4, 3.1 s each, alike within 4%"),
        ({"flows": 1000, "ports": range(8), "port_count": 990, "protocol": 6, "unanswered": 999},
         "1,000 flows to 198.18.3.7, 990 ports, over 99% unanswered"),
        ({"kind": "target", "source": None, "sources": 65_536, "minimum": True, "flows": 99_999,
          "ports": [80], "protocol": 6, "family": "ddos", "forward_bytes": 12_000_000},
         "99,999 HTTP connections from at least 65,536 hosts, 12 MB sent, 0 bytes received"),
        ({"flows": 1, "ports": [7], "protocol": 6}, "1 flow to 198.18.3.7, port 7/tcp"),
        ({"flows": 3, "ports": [0], "protocol": 1}, "3 flows to 198.18.3.7, ICMP"),
    ],
)  # fmt: skip
def test_counts_in_words(changes: Any, expected: str) -> None:
    assert ", ".join(reasons_of(**{**COUNTS, **changes})) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, "0 bytes"), (1, "1 byte"), (9_999, "9,999 bytes"), (12_345, "12.3 kB"),
     (3_100_000, "3.1 MB"), (999_600, "1 MB"), (999_600_000_000, "1.0 TB"), (5e12, "5.0 TB")],
)  # fmt: skip
def test_bytes(count: int, expected: str) -> None:
    assert bytes_text(count) == expected


@pytest.mark.parametrize(
    ("duration_us", "expected"),
    [(40, "40 µs"), (12_000, "12 ms"), (3_100_000, "3.1 s"), (12_000_000, "12 s"),
     (240_000_000, "4 min"), (36_000_000_000, "10.0 h")],
)  # fmt: skip
def test_durations(duration_us: float, expected: str) -> None:
    assert duration_text(duration_us) == expected
