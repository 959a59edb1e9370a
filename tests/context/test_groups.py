"""Who is a group of hosts."""

from __future__ import annotations

import ipaddress
from dataclasses import replace

import numpy as np
import pytest

from netad_pcap.context.groups import to_groups
from netad_pcap.testing import make_flows

TCP, UDP = 6, 17


@pytest.mark.parametrize(
    ("address", "protocol", "group"),
    [
        ("224.0.0.251", UDP, True),
        ("239.255.255.250", UDP, True),
        ("240.0.0.1", UDP, False),
        ("223.255.255.254", UDP, False),
        ("255.255.255.255", UDP, True),
        ("192.168.3.255", UDP, True),
        ("192.168.3.255", TCP, False),
        ("192.168.3.55", UDP, False),
        ("ff02::fb", UDP, True),
        ("fe80::ff", UDP, False),
        ("2001:db8::ff00", UDP, False),
    ],
)
def test_groups_are_multicast_and_broadcast(address: str, protocol: int, group: bool) -> None:
    flows = make_flows(3, 1)
    found = ipaddress.ip_address(address)
    packed = (found if found.version == 6 else ipaddress.ip_address(f"::ffff:{address}")).packed
    identity = {
        **flows.identity,
        "dst_ip": np.tile(np.frombuffer(packed, np.uint8), (3, 1)),
        "protocol": np.full(3, protocol),
    }
    assert to_groups(replace(flows, identity=identity)).tolist() == [group] * 3
