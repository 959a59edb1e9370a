"""Flows to groups of hosts: nobody in particular is asked, so nobody refuses by being silent."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch, are_ipv4

__all__ = ["to_groups"]

_UDP = 17


def to_groups(flows: FlowBatch) -> NDArray[np.bool_]:
    """Which flows go to a multicast or broadcast address, bool [n].

    Multicast is 224.0.0.0/4 (RFC 5771) and ff00::/8 (RFC 4291, section 2.7). Broadcasts are
    255.255.255.255 and, of UDP, whatever ends in 255: nobody tells the length of a subnet's
    prefix, and what answers there is rarely one host.
    """
    address: NDArray[Any] = flows.identity["dst_ip"]
    mapped = are_ipv4(address)
    multicast = np.where(mapped, address[:, 12] >> 4 == 14, address[:, 0] == 255)
    everyone = mapped & (address[:, 12:] == 255).all(axis=1)
    subnet = mapped & (address[:, 15] == 255) & (flows.identity["protocol"] == _UDP)
    result: NDArray[np.bool_] = multicast | everyone | subnet
    return result
