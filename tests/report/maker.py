"""A maker of reports for tests."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from netad_pcap.hosts import FindingBook, ScoredFlows
from netad_pcap.report import CaptureRecord, ModelRecord, Report, Spool
from netad_pcap.schema import PROFILES
from tests.scored_flows import START_US, quiet, scan, scored_flows

CAPTURE = CaptureRecord(
    name="incident.pcapng",
    sha256="ab" * 32,
    format="pcapng",
    link_types=("Ethernet",),
    interfaces=2,
    packets=1_284_311,
    bytes=900_000_000,
    start_us=START_US,
    end_us=START_US + 5_328_000_000,
    health={"packets": 1_284_311, "ignored": {"arp": 412}},
    remarks=("read whole, nothing damaged", "not metered: 412 ARP, 38 LLDP"),
)
MODEL = ModelRecord(
    name="default",
    version="1.2",
    sha256="cd" * 32,
    profile="cic-fixed",
    detectors=("autoencoder 1.2",),
    baseline="office",
)


def full_features(n: int, profile: str = "cic-fixed", *, seed: int = 0) -> dict[str, Any]:
    """All feature columns of a profile with numbers in them, ugly ones among them."""
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {}
    for place, name in enumerate(PROFILES[profile].features):
        if name in ("Tot Fwd Pkts", "Tot Bwd Pkts", "TotLen Fwd Pkts", "TotLen Bwd Pkts"):
            continue
        if place % 2:
            columns[name] = rng.integers(0, 1000, n)
        else:
            columns[name] = rng.exponential(1e4, n)
    if n:
        columns["Flow Byts/s"] = rng.exponential(1e4, n)
        columns["Flow Byts/s"][0] = np.nan
        columns["Flow Byts/s"][-1] = np.inf
    return columns


def report_of(
    rows: Sequence[dict[str, Any]] | None = None,
    *,
    cuts: Sequence[int] = (),
    reasons: dict[int, tuple[str, ...]] | None = None,
    **settings: Any,
) -> Report:
    """A report on rows, or on a small incident."""
    rows = incident() if rows is None else rows
    scored = scored_flows(rows, features=full_features(len(rows)), reasons=reasons)
    return report_of_scored(scored, cuts=cuts, **settings)


def report_of_scored(scored: ScoredFlows, *, cuts: Sequence[int] = (), **settings: Any) -> Report:
    """A report on scored flows, fed in pieces."""
    book, spool = FindingBook(), Spool()
    edges = [0, *cuts, len(scored)]
    for begin, end in itertools.pairwise(edges):
        part = scored.take(slice(begin, end))
        attribution = book.update(part)
        spool.append(part, attribution.finding)
        spool.amend(attribution.earlier_row, attribution.earlier_finding)
    defaults: dict[str, Any] = {
        "version": "0.1.0",
        "captures": [CAPTURE],
        "models": [MODEL],
        "profile": "cic-fixed",
        "settings": {"fpr": 0.01, "alerts_per_day": 0.1},
        "seconds": {"metered": 0.4, "scored": 1.9},
    }
    return Report(
        findings=book.findings(), hosts=book.hosts(), spool=spool, **{**defaults, **settings}
    )


def incident() -> list[dict[str, Any]]:
    """Quiet, a scan, quiet, guessing at one host, one odd flow."""
    guessing = [
        {"src": "10.0.5.23", "dst": "10.0.5.4", "port": 22, "at": 500 + 4 * i, "lasts": 3.1,
         "p": 0.005, "family": "brute_force"}
        for i in range(50)
    ]  # fmt: skip
    odd = [{"src": "10.0.7.9", "dst": "198.51.100.7", "port": 53, "protocol": 17, "at": 900.0,
            "p": 0.004}]  # fmt: skip
    return [*quiet(300), *scan(at=200.0), *quiet(100, seed=1, at=400.0), *guessing, *odd]
