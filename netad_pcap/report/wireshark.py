"""Wireshark display filters for what a finding speaks about (wireshark-filter(4))."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

__all__ = ["display_filter"]

#: Field that holds a protocol's ports; protocols without ports by their own name.
_PORT_FIELDS = {6: "tcp.port", 17: "udp.port", 132: "sctp.port"}
_NAMES = {1: "icmp", 2: "igmp", 47: "gre", 58: "icmpv6"}
_MOST_PORTS = 8


def display_filter(
    addresses: Sequence[str], *, protocol: int = 0, ports: Sequence[int] = (), port_count: int = 0
) -> str:
    """A display filter that shows the packets of these addresses.

    Args:
        addresses: one (either side) or two (both ends).
        protocol: IP protocol; 0 = any.
        ports: destination ports to show.
        port_count: how many there are in truth; when more than can be listed, or than
            `ports` has, the filter names the protocol only.

    Returns:
        For example `ip.addr == 10.0.5.23 && tcp.port in {22, 445}`; what is no address is
        left out, so nothing from a report can end up in the filter as an expression.
    """
    terms = []
    for text in addresses:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            continue
        # A zone (fe80::1%eth0) is no part of a display filter.
        plain = str(address).split("%", 1)[0]
        term = f"{'ip' if address.version == 4 else 'ipv6'}.addr == {plain}"
        if term not in terms:  # a host that speaks with itself
            terms.append(term)
    wanted = sorted({port for port in ports if 0 < port < 65536})
    field = _PORT_FIELDS.get(protocol)
    complete = len(wanted) >= (port_count or len(wanted)) and len(wanted) <= _MOST_PORTS
    if field and wanted and complete:
        if len(wanted) == 1:
            terms.append(f"{field} == {wanted[0]}")
        else:
            terms.append(f"{field} in {{{', '.join(map(str, wanted))}}}")
    elif field:
        terms.append(field.split(".", 1)[0])
    elif protocol in _NAMES:
        terms.append(_NAMES[protocol])
    return " && ".join(terms)
