"""Tables without a row that have every column: what a capture without flows gives."""

from __future__ import annotations

import numpy as np

from netad_pcap.flows import IDENTITY, FlowBatch
from netad_pcap.hosts import ScoredFlows
from netad_pcap.report.spool import ReportRows
from netad_pcap.schema import PROFILES, dtype_of

__all__ = ["no_flows", "no_report_rows"]


def no_flows(profile: str | None) -> FlowBatch:
    """No flow of a profile: all identity columns, and the profile's features."""
    features = {}
    if profile is not None:
        features = {n: np.empty(0, dtype_of(n, profile)) for n in PROFILES[profile].features}
    return FlowBatch(
        profile=profile,
        features=features,
        identity={
            name: np.empty((0, 16) if name in ("src_ip", "dst_ip") else 0, dtype)
            for name, dtype in IDENTITY.items()
        },
    )


def no_report_rows(profile: str | None, detectors: tuple[str, ...]) -> ReportRows:
    """No row of a report."""
    scored = ScoredFlows(
        flows=no_flows(profile),
        score=np.empty(0),
        p_value=np.empty(0),
        verdict=np.empty(0, np.uint8),
        family=np.empty(0, np.int32),
        detectors=detectors,
        novelty=np.empty((0, len(detectors))),
    )
    return ReportRows(scored, np.empty(0, np.int32), 0)
