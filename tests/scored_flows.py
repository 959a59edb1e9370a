"""A maker of scored flows for tests of findings, reports and reviews."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

import numpy as np

from netad_pcap.families import ATTACKS, BENIGN
from netad_pcap.flows import FlowBatch
from netad_pcap.hosts import ScoredFlows

START_US = 1_793_697_127_000_000  # 2026-11-03 09:12:07 UTC
FAMILIES = (BENIGN, *ATTACKS)


def packed(address: str) -> bytes:
    """An address as 16 bytes, IPv4 mapped."""
    ip = ipaddress.ip_address(address)
    return b"\0" * 10 + b"\xff\xff" + ip.packed if ip.version == 4 else ip.packed


def addresses(texts: Sequence[str]) -> np.ndarray[Any, Any]:
    """uint8 [n, 16]."""
    return np.frombuffer(b"".join(map(packed, texts)), "u1").reshape(-1, 16).copy()


def scored_flows(
    rows: Sequence[dict[str, Any]],
    *,
    detectors: tuple[str, ...] = ("autoencoder",),
    features: dict[str, Any] | None = None,
    reasons: dict[int, tuple[str, ...]] | None = None,
    profile: str = "cic-fixed",
) -> ScoredFlows:
    """Rows with the keys `src`, `dst`, `port`, `p` and so on as one batch."""
    n = len(rows)

    def column(name: str, default: Any, dtype: str) -> np.ndarray[Any, Any]:
        return np.array([row.get(name, default) for row in rows], dtype=dtype)

    start = START_US + (column("at", 0.0, "f8") * 1e6).round().astype("i8")
    end = start + (column("lasts", 0.1, "f8") * 1e6).round().astype("i8")
    answered = column("answered", True, "?")
    p_value = column("p", 0.5, "f8")
    family = column("family", "", "U20")
    probabilities = np.zeros((n, len(FAMILIES)))
    for place, name in enumerate(FAMILIES):
        probabilities[:, place] = np.where(family == name, 0.9, 0.01)
    probabilities[family == "", 0] = 0.9
    code = (
        np.where(
            np.isin(family, ATTACKS),
            [FAMILIES.index(name) if name in FAMILIES else -1 for name in family.tolist()],
            -1,
        ).astype("i4")
        if n
        else np.empty(0, "i4")
    )
    verdict = np.where(p_value > 0.01, 0, np.where(code >= 0, 2, 1)).astype("u1")
    forward = column("sent", 120, "i8")
    flows = FlowBatch(
        profile=profile,
        captures=("incident.pcapng",),
        identity={
            "src_ip": addresses([row.get("src", "10.0.0.1") for row in rows]),
            "dst_ip": addresses([row.get("dst", "10.0.0.2") for row in rows]),
            "src_port": column("from", 40000, "i4"),
            "dst_port": column("port", 80, "i4"),
            "protocol": column("protocol", 6, "i4"),
            "start_us": start,
            "end_us": end,
            "first_frame": np.arange(1, n + 1, dtype="i8"),
            "last_frame": np.arange(2, n + 2, dtype="i8"),
            "capture": np.zeros(n, "i4"),
            "last_capture": np.zeros(n, "i4"),
            "id_reversed": np.zeros(n, "?"),
            "ext": column("ext", 0, "u2"),
            "open": np.zeros(n, "?"),
            "tag": np.full(n, -1, "i4"),
        },
        features={
            "Flow Duration": end - start,
            "Tot Fwd Pkts": np.full(n, 3, "i8"),
            "Tot Bwd Pkts": np.where(answered, 2, 0).astype("i8"),
            "TotLen Fwd Pkts": forward.astype("f8"),
            "TotLen Bwd Pkts": np.where(answered, 800.0, 0.0),
            **(features or {}),
        },
    )
    return ScoredFlows(
        flows=flows,
        score=-np.log10(np.maximum(p_value, 1e-4)),
        p_value=p_value,
        verdict=verdict,
        family=code,
        families=FAMILIES,
        probabilities=probabilities,
        detectors=detectors,
        novelty=np.column_stack([column("novelty", 1.5, "f8")] * len(detectors)),
        detector=np.zeros(n, "i4"),
        reasons=reasons or {},
    )


def scan(source: str = "10.0.5.23", *, hosts: int = 60, at: float = 0.0) -> list[dict[str, Any]]:
    """A horizontal scan of ports 22, 445 and 3389: unanswered, p small."""
    return [
        {"src": source, "dst": f"10.0.6.{i + 1}", "port": port, "at": at + 0.01 * i, "p": 1e-3,
         "family": "scan", "answered": False, "sent": 0, "lasts": 0.0}
        for i in range(hosts)
        for port in (22, 445, 3389)
    ]  # fmt: skip


def quiet(count: int = 200, *, seed: int = 0, at: float = 0.0) -> list[dict[str, Any]]:
    """Harmless flows of twenty hosts, p uniform."""
    rng = np.random.default_rng(seed)
    return [
        {"src": f"10.0.1.{rng.integers(1, 21)}", "dst": f"192.0.2.{rng.integers(1, 9)}",
         "port": int(rng.choice([53, 80, 443])), "at": at + 0.5 * i, "p": float(rng.random())}
        for i in range(count)
    ]  # fmt: skip
