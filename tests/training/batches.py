"""Flows with identity columns for the tests of training: a few lines each."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch

#: Source, destination, source port, destination port, protocol, start in seconds.
Flow = tuple[str, str, int, int, int, float]


def addresses(texts: Sequence[str]) -> NDArray[Any]:
    """uint8 [n, 16], IPv4 mapped."""
    packed = []
    for text in texts:
        address = ipaddress.ip_address(text)
        raw = address.packed
        packed.append(raw if address.version == 6 else b"\0" * 10 + b"\xff\xff" + raw)
    return np.frombuffer(b"".join(packed), np.uint8).reshape(-1, 16)


def batch(flows: Sequence[Flow], capture: str = "a.pcap") -> FlowBatch:
    """A batch of one capture."""
    start = np.array([round(f[5] * 1_000_000) for f in flows], np.int64)
    zeros = np.zeros(len(flows), np.int32)
    return FlowBatch(
        profile="cic-fixed",
        features={"Tot Fwd Pkts": np.arange(len(flows))},
        identity={
            "src_ip": addresses([f[0] for f in flows]),
            "dst_ip": addresses([f[1] for f in flows]),
            "src_port": np.array([f[2] for f in flows], np.int32),
            "dst_port": np.array([f[3] for f in flows], np.int32),
            "protocol": np.array([f[4] for f in flows], np.int32),
            "start_us": start,
            "end_us": start,
            "capture": zeros,
            "last_capture": zeros,
        },
        captures=(capture,),
    )
