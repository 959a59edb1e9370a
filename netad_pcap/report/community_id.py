"""Community ID v1 of flows, whole columns at once.

The reference is the `communityid` package (tests hold both together); it makes an object
or two per flow, this packs all flows into one matrix and hashes each distinct row.
Specification: https://github.com/corelight/community-id-spec.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch, are_ipv4

__all__ = ["community_ids"]

_ICMP, _ICMPV6 = 1, 58
#: Protocols whose ports are part of the id (TCP, UDP, SCTP; ICMP has equivalents).
_PORTS = (6, 17, 132)


def community_ids(flows: FlowBatch) -> NDArray[Any]:
    """The Community ID (seed 0) of each flow, object [n] of text.

    None where it is not known: later fragments (protocol 0), ICMP without type and code.
    """
    ids = flows.identity
    protocol = ids["protocol"]
    source, destination = ids["src_ip"], ids["dst_ip"]
    source_port, destination_port, one_way, known = _ports(flows)

    # The smaller end comes first: compare 16 bytes as two big-endian words, then the port.
    a = np.ascontiguousarray(source).view(">u8").reshape(-1, 2).astype("u8")
    b = np.ascontiguousarray(destination).view(">u8").reshape(-1, 2).astype("u8")
    less = (a[:, 0] < b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] < b[:, 1]))
    same = (a == b).all(axis=1)
    ordered = one_way | less | (same & (source_port < destination_port))
    first = np.where(ordered[:, None], source, destination)
    second = np.where(ordered[:, None], destination, source)
    first_port = np.where(ordered, source_port, destination_port).astype(">u2")
    second_port = np.where(ordered, destination_port, source_port).astype(">u2")

    n = len(flows)
    packed = np.zeros((n, 38), dtype="u1")
    packed[:, 0:16], packed[:, 16:32] = first, second
    packed[:, 32] = protocol
    packed[:, 34:36] = first_port.view("u1").reshape(-1, 2)
    packed[:, 36:38] = second_port.view("u1").reshape(-1, 2)
    version4 = are_ipv4(source) & are_ipv4(destination)
    with_ports = np.isin(protocol, (*_PORTS, _ICMP, _ICMPV6))
    return _hashed(packed, version4, with_ports, known)


def _hashed(
    packed: NDArray[Any], version4: NDArray[Any], with_ports: NDArray[Any], known: NDArray[Any]
) -> NDArray[Any]:
    """Hash each distinct row once; rows that are not `known` stay None."""
    result = np.empty(len(packed), dtype=object)
    seen: dict[bytes, str] = {}
    rows = packed.tobytes()
    flags = zip(known.tolist(), version4.tolist(), with_ports.tolist(), strict=True)
    for i, (is_known, is_v4, has_ports) in enumerate(flags):
        if not is_known:
            continue
        raw = rows[38 * i : 38 * i + 38]
        text = seen.get(raw)
        if text is None:
            ends = raw[12:16] + raw[28:32] if is_v4 else raw[:32]
            tail = raw[32:38] if has_ports else raw[32:34]
            digest = hashlib.sha1(b"\0\0" + ends + tail, usedforsecurity=False).digest()
            text = "1:" + base64.b64encode(digest).decode()
            seen[raw] = text
        result[i] = text
    return result


def _ports(
    flows: FlowBatch,
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_], NDArray[np.bool_]]:
    """Ports, or what stands for them; whether the flow has no way back; whether it is known."""
    ids = flows.identity
    protocol = ids["protocol"]
    plain = np.isin(protocol, _PORTS)
    source = np.where(plain, ids["src_port"], 0).astype("i8")
    destination = np.where(plain, ids["dst_port"], 0).astype("i8")
    one_way = np.zeros(len(flows), dtype=bool)
    known = protocol > 0
    echo = (protocol == _ICMP) | (protocol == _ICMPV6)
    if echo.any():
        if "ICMP Type" not in flows.features or "ICMP Code" not in flows.features:
            return source, destination, one_way, known & ~echo
        kind = flows.features["ICMP Type"].astype("i8")
        code = flows.features["ICMP Code"].astype("i8")
        known &= ~echo | (kind >= 0)
        answer = np.where(protocol == _ICMP, _ANSWERS[0][kind & 255], _ANSWERS[1][kind & 255])
        one_way = echo & (answer < 0)
        source = np.where(echo, kind & 255, source)
        destination = np.where(echo, np.where(answer < 0, code & 255, answer), destination)
    return source, destination, one_way, known


def _answers(pairs: tuple[tuple[int, int], ...]) -> NDArray[np.int64]:
    table = np.full(256, -1, dtype="i8")
    for question, answer in pairs:
        table[question], table[answer] = answer, question
    return table


#: Which type answers which, as Zeek has it: ICMP, ICMPv6.
_ANSWERS = (
    _answers(((8, 0), (13, 14), (15, 16), (10, 9), (17, 18))),
    _answers(((128, 129), (130, 131), (133, 134), (135, 136), (139, 140), (144, 145))),
)
