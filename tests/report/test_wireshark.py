from __future__ import annotations

from typing import Any

import pytest

from netad_pcap.report.wireshark import display_filter


@pytest.mark.parametrize(
    ("addresses", "options", "expected"),
    [
        (["10.0.0.1"], {}, "ip.addr == 10.0.0.1"),
        (["10.0.0.1"], {"protocol": 6, "ports": [22]}, "ip.addr == 10.0.0.1 && tcp.port == 22"),
        (["2001:db8::1"], {"protocol": 17, "ports": [53, 443]},
         "ipv6.addr == 2001:db8::1 && udp.port in {53, 443}"),
        (["10.0.0.1", "10.0.0.2"], {"protocol": 1},
         "ip.addr == 10.0.0.1 && ip.addr == 10.0.0.2 && icmp"),
        (["10.0.0.1"], {"protocol": 6, "ports": range(1, 9), "port_count": 1000},
         "ip.addr == 10.0.0.1 && tcp"),
        (["10.0.0.1 || frame"], {"protocol": 6, "ports": [0]}, "tcp"),
        (["fe80::1%eth0"], {}, "ipv6.addr == fe80::1"),
    ],
)  # fmt: skip
def test_filter(addresses: Any, options: Any, expected: str) -> None:
    assert display_filter(addresses, **options) == expected


def test_a_host_that_speaks_with_itself_is_named_once() -> None:
    found = display_filter(["127.0.0.1", "127.0.0.1"], protocol=6, ports=[8053])
    assert found == "ip.addr == 127.0.0.1 && tcp.port == 8053"
