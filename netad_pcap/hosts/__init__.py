"""Findings about hosts, pairs and targets, and the ranking of hosts."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from netad_pcap.hosts.finding import KINDS, Finding, HostRecord, ranked, utc_text
from netad_pcap.hosts.scored import FINDING_DECADES, VERDICTS, ScoredFlows, told_score
from netad_pcap.hosts.words import bytes_text, duration_text

if TYPE_CHECKING:
    from netad_pcap.hosts.book import ALERTS_PER_DAY, Attribution, FindingBook
    from netad_pcap.hosts.kernel import QUIET_US

__all__ = [
    "ALERTS_PER_DAY",
    "FINDING_DECADES",
    "KINDS",
    "QUIET_US",
    "VERDICTS",
    "Attribution",
    "Finding",
    "FindingBook",
    "HostRecord",
    "ScoredFlows",
    "bytes_text",
    "duration_text",
    "ranked",
    "told_score",
    "utc_text",
]

_LAZY = {
    "ALERTS_PER_DAY": "book",
    "Attribution": "book",
    "FindingBook": "book",
    "QUIET_US": "kernel",
}


def __getattr__(name: str) -> Any:
    """The book imports numba: only for who asks."""
    if name in _LAZY:
        return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
