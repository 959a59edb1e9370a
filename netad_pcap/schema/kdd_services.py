"""The service of a KDD connection by protocol and port, or by ICMP's type and code (peers.md 6.4).

The table of AI-IDS/kdd99_feature_extractor (`TcpConnection.cpp`, `UdpConnection.cpp`), and what
the published data say otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = [
    "ICMP_SERVICES",
    "OTHER",
    "OTHER_ICMP",
    "PRIVATE",
    "PRIVATE_PORT",
    "TCP_EITHER_SERVICES",
    "TCP_SERVICES",
    "UDP_SERVICES",
]

#: From this port on a service is private; ports without a name below it are other.
PRIVATE_PORT = 49_152
PRIVATE, OTHER = "private", "other"
#: A word of the tool that the published data do not have: its code is −1.
OTHER_ICMP = "oth_i"

#: Service → destination ports.
TCP_SERVICES: Mapping[str, tuple[int, ...]] = MappingProxyType({
    "http": (80, 8008, 8080), "http_443": (443,), "http_2784": (2784,), "http_8001": (8001,),
    "smtp": (25,), "ftp": (21,), "ftp_data": (20,), "telnet": (23,), "ssh": (22,),
    "finger": (79,), "auth": (113,), "pop_3": (110,), "pop_2": (109,), "imap4": (143, 993),
    "domain": (53,), "sunrpc": (111,), "netbios_ns": (137,), "netbios_dgm": (138,),
    "netbios_ssn": (139,), "bgp": (179,), "IRC": (194, *range(6665, 6670)),
    "X11": tuple(range(6000, 6064)), "Z39_50": (210,), "aol": tuple(range(5190, 5194)),
    "csnet_ns": (105,), "ctf": (84,), "daytime": (13,), "discard": (9,), "echo": (7,),
    "efs": (520,), "exec": (512,), "login": (513,), "shell": (514,), "printer": (515,),
    "gopher": (70,), "hostnames": (101,), "iso_tsap": (102,), "klogin": (543,),
    "kshell": (544,), "ldap": (389, 636), "link": (245,), "mtp": (1911,), "name": (42,),
    "netstat": (15,), "nnsp": (433,), "nntp": (119, 563), "remote_job": tuple(range(71, 75)),
    "rje": (5, 77), "sql_net": (66, 150), "supdup": (95,), "systat": (11,), "time": (37,),
    "uucp": (540, 4031), "uucp_path": (117,), "vmnet": (175,), "whois": (43, 4321),
    "courier": (530, 165),
})  # fmt: skip
#: Service → ports of either end.
TCP_EITHER_SERVICES: Mapping[str, tuple[int, ...]] = MappingProxyType({"ftp_data": (20,)})
#: Service → destination ports. SNMP is private in the published data, below `PRIVATE_PORT`.
UDP_SERVICES: Mapping[str, tuple[int, ...]] = MappingProxyType({
    "domain_u": (53,), "tftp_u": (69,), "ntp_u": (123,), PRIVATE: (161,),
})  # fmt: skip
#: Type, or type and code → service; the second table is ICMPv6's (RFC 4443) in the same words.
ICMP_SERVICES: Mapping[int, Mapping[tuple[int, ...], str]] = MappingProxyType({
    1: {
        (0,): "ecr_i", (8,): "eco_i", (3, 0): "urp_i", (3, 1): "urh_i", (5,): "red_i",
        (11,): "tim_i",
    },
    58: {
        (129,): "ecr_i", (128,): "eco_i", (1, 0): "urp_i", (1, 3): "urh_i", (137,): "red_i",
        (3,): "tim_i",
    },
})  # fmt: skip
