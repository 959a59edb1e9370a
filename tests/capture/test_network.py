from __future__ import annotations

import socket

import pytest

from netad_pcap.capture import NetworkInterface, network_interfaces
from netad_pcap.capture.network import find_network_interface

linux = pytest.mark.skipif(not hasattr(socket, "AF_PACKET"), reason="Linux's interfaces")


@linux
def test_every_interface_is_listed() -> None:
    listed = {one.name: one.index for one in network_interfaces()}
    assert listed == {name: index for index, name in socket.if_nameindex()}


@linux
def test_loopback_is_ethernet_to_us() -> None:
    found = find_network_interface("lo")
    assert found is not None
    assert (found.link_type, found.is_loopback) == (1, True)
    assert find_network_interface("no such thing") is None


def test_a_line_says_name_link_type_state_and_addresses() -> None:
    tun = NetworkInterface("tun0", 7, 65_534, True, ("198.18.0.1", "fd00::1"))
    assert str(tun) == "tun0  raw IP  up  198.18.0.1, fd00::1"
    assert str(NetworkInterface("can0", 8, 280, False, ())) == "can0  cannot be read  down"
