"""Services as tables of codes, places in `KDD_SYMBOLS["service"]`, which a kernel can read."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from netad_pcap.schema import KDD_SYMBOLS
from netad_pcap.schema.kdd_services import (
    ICMP_SERVICES,
    OTHER,
    PRIVATE,
    PRIVATE_PORT,
    TCP_EITHER_SERVICES,
    TCP_SERVICES,
    UDP_SERVICES,
)

__all__ = ["Services", "service_of", "services"]

_WORDS = KDD_SYMBOLS["service"]
_OTHER = _WORDS.index(OTHER)
_TCP, _UDP, _ICMP6 = 6, 17, 58


class Services(NamedTuple):
    """Codes: int16 [65536] by port, for `either` −1 = by the destination; [256, 256] by ICMP's
    type and code, −1 = a word that KDD does not have."""

    tcp: Any
    either: Any
    udp: Any
    icmp: Any
    icmp6: Any


@cache
def services() -> Services:
    """The tables of `schema.kdd_services`."""
    tcp, udp = (np.full(65_536, _OTHER, np.int16) for _ in range(2))
    either = np.full(65_536, -1, np.int16)
    for table, named in ((tcp, TCP_SERVICES), (udp, UDP_SERVICES), (either, TCP_EITHER_SERVICES)):
        if table is not either:
            table[PRIVATE_PORT:] = _WORDS.index(PRIVATE)
        for word, ports in named.items():
            table[list(ports)] = _WORDS.index(word)
    messages = []
    for number in (1, 58):
        table = np.full((256, 256), -1, np.int16)
        for kind, word in ICMP_SERVICES[number].items():
            table[kind] = _WORDS.index(word)
        messages.append(table)
    return Services(tcp, either, udp, *messages)


@njit(cache=True, error_model="numpy")
def service_of(flow: Any, src_port: int, dst_port: int, tables: Any) -> Any:
    """Code of a connection's service.

    Args:
        flow: a FLOW record.
        src_port, dst_port: of its source and destination.
        tables: a `Services`.
    """
    if flow.protocol == _TCP:
        either = np.int64(tables.either[src_port])
        return either if either >= 0 else np.int64(tables.tcp[dst_port])
    if flow.protocol == _UDP:
        return np.int64(tables.udp[dst_port])
    messages = tables.icmp6 if flow.protocol == _ICMP6 else tables.icmp
    return np.int64(messages[flow.icmp_type & 255, flow.icmp_code & 255])
