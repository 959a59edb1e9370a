"""Captures of any size for benchmarks, made by numpy some ten times faster than read.

`flows_open` connections run side by side, packet by packet in turn; when they are through
the next ones begin, so the number of flows grows with the capture; the number of open ones and
of hosts does not. Nine of ten are TCP with handshake and FIN, the others UDP.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["write_capture"]

#: Payload bytes of every data packet; acknowledgments have none.
PAYLOAD = 46
START_S = 1_700_000_000
CLIENTS = 1_000

_RECORD = np.dtype(
    [
        ("seconds", "<u4"), ("micros", "<u4"), ("captured", "<u4"), ("wire", "<u4"),
        ("ethernet", "u1", 14),
        ("version", "u1"), ("service", "u1"), ("length", ">u2"), ("id", ">u2"),
        ("fragment", ">u2"), ("ttl", "u1"), ("protocol", "u1"), ("ip_checksum", ">u2"),
        ("source", ">u4"), ("destination", ">u4"),
        ("source_port", ">u2"), ("destination_port", ">u2"),
        # TCP; in UDP the first four bytes are length and checksum, the rest is payload.
        ("sequence", ">u4"), ("acknowledgment", ">u4"), ("offset", "u1"), ("flags", "u1"),
        ("window", ">u2"), ("checksum", ">u2"), ("urgent", ">u2"),
        ("payload", "u1", PAYLOAD),
    ]
)  # fmt: skip
_IP_BYTES = 40 + PAYLOAD
_FIN, _SYN, _PSH, _ACK = 1, 2, 8, 16
_GLOBAL_HEADER = np.array([(0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1)],
    dtype=[("magic", "<u4"), ("major", "<u2"), ("minor", "<u2"), ("zone", "<i4"),
           ("sigfigs", "<u4"), ("snaplen", "<u4"), ("link_type", "<u4")],
)  # fmt: skip


def write_capture(
    path: Path,
    packets: int,
    *,
    flows_open: int = 2_000,
    packets_per_flow: int = 24,
    gap_us: int = 400,
    seed: int = 0,
) -> int:
    """Write a pcap of Ethernet, IPv4, TCP and UDP.

    Args:
        path: where to.
        packets: records in it.
        flows_open: connections side by side.
        packets_per_flow: of each connection, at least 6.
        gap_us: time from packet to packet.
        seed: of addresses, ports and payload.

    Returns:
        Number of connections begun.
    """
    rng = np.random.default_rng(seed)
    generation = flows_open * packets_per_flow
    with path.open("wb") as file:
        file.write(_GLOBAL_HEADER.tobytes())
        for first in range(0, packets, generation):
            count = min(generation, packets - first)
            file.write(_records(first, count, flows_open, packets_per_flow, gap_us, rng).tobytes())
    generations, rest = divmod(packets, generation)
    return generations * flows_open + min(rest, flows_open)


def _records(
    first: int,
    count: int,
    flows_open: int,
    packets_per_flow: int,
    gap_us: int,
    rng: np.random.Generator,
) -> NDArray[Any]:
    """One generation of connections: packet k of all of them, then packet k + 1 of all."""
    number = np.arange(first, first + count)
    turn, flow = np.divmod(number - first, flows_open)
    flow_id = flow + first // packets_per_flow
    udp = flow_id % 10 == 9
    backward = turn % 2 == 1
    records = np.zeros(count, _RECORD)
    records["seconds"], records["micros"] = np.divmod(
        START_S * 1_000_000 + number * gap_us, 1_000_000
    )
    records["captured"] = records["wire"] = _RECORD.itemsize - 16
    records["ethernet"] = np.frombuffer(b"\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0", "u1")
    records["version"], records["ttl"] = 0x45, 64
    records["length"], records["id"] = _IP_BYTES, number & 0xFFFF
    records["fragment"] = 0x4000
    records["protocol"] = np.where(udp, 17, 6)
    # A thousand clients, ten servers each (198.51.100.0/24, RFC 5737): a network does not
    # grow with its traffic.
    client = 0x0A00_0001 + flow_id % CLIENTS
    server = 0xC633_6401 + (flow_id + flow_id // CLIENTS % 10 * 17) % 199
    port = 1_024 + flow_id * 7 % 60_000
    service = np.where(udp, 53, np.array([80, 443, 22, 445])[flow_id % 4])
    records["source"] = np.where(backward, server, client)
    records["destination"] = np.where(backward, client, server)
    records["source_port"] = np.where(backward, service, port)
    records["destination_port"] = np.where(backward, port, service)
    records["sequence"] = turn // 2 * PAYLOAD + 1
    records["acknowledgment"] = (turn + 1) // 2 * PAYLOAD + 1
    records["offset"], records["window"] = 0x50, 64_240
    records["flags"] = _flags(turn, packets_per_flow)
    records["payload"] = rng.integers(0, 256, (1, PAYLOAD), dtype="u1")
    _make_udp(records, udp)
    records["ip_checksum"] = _checksums(records)
    return records


def _flags(turn: NDArray[np.int64], packets_per_flow: int) -> NDArray[np.int64]:
    """SYN, SYN with ACK, ACK, data, and both ends' FIN at last."""
    flags = np.full(len(turn), _PSH | _ACK)
    flags[turn == 0] = _SYN
    flags[turn == 1] = _SYN | _ACK
    flags[turn == 2] = _ACK
    flags[turn >= packets_per_flow - 2] = _FIN | _ACK
    return flags


def _make_udp(records: NDArray[Any], udp: NDArray[np.bool_]) -> None:
    """Length and no checksum where TCP has its sequence number."""
    records["sequence"][udp] = (_IP_BYTES - 20) << 16


def _checksums(records: NDArray[Any]) -> NDArray[np.int64]:
    """Of the IPv4 headers (RFC 1071)."""
    headers = records.view("u1").reshape(len(records), -1)[:, 30:50]
    words = headers.astype(np.int64)
    total = (words[:, 0::2] * 256 + words[:, 1::2]).sum(axis=1)
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    checksums: NDArray[np.int64] = ~total & 0xFFFF
    return checksums
