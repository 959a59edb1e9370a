"""Several groups as one case: findings numbered through, rows that name them, hosts once."""

from __future__ import annotations

from typing import Any

import pytest

from netad_pcap.engine.case import CaseRecord
from netad_pcap.hosts import ScoredFlows
from tests.scored_flows import START_US, scored_flows


def _attack(source: str, count: int = 60) -> ScoredFlows:
    """One source that knocks at many ports, each more unlikely than the last."""
    rows: list[dict[str, Any]] = [
        {"src": source, "dst": "10.0.0.9", "port": 1_000 + i, "p": 1e-4,
         "start_us": START_US + i * 2_000_000}
        for i in range(count)
    ]  # fmt: skip
    return scored_flows(rows)


def test_findings_of_two_groups_are_numbered_through() -> None:
    case = CaseRecord(alerts_per_day=0.1, folder=None)
    for source in ("10.0.0.1", "10.0.0.2"):
        case.append(_attack(source))
        case.end_group()
    numbers = [finding.number for finding in case.findings]
    assert numbers == list(range(1, len(numbers) + 1))
    first = [f.number for f in case.findings if f.source == "10.0.0.1"]
    second = [f.number for f in case.findings if f.source == "10.0.0.2"]
    assert first
    assert second
    found = [set(rows.finding[rows.finding > 0].tolist()) for rows in case.spool.rows()]
    named = set().union(*found)
    assert named <= set(numbers)
    assert named & set(first)
    assert named & set(second)
    case.spool.close()


def test_host_in_two_groups_is_told_once() -> None:
    case = CaseRecord(alerts_per_day=0.1, folder=None)
    for _ in range(2):
        case.append(_attack("10.0.0.1"))
        case.end_group()
    (host,) = [host for host in case.hosts() if host.address == "10.0.0.1"]
    assert host.flows == 120
    assert len(host.findings) == len(set(host.findings)) >= 2
    case.spool.close()


def test_each_group_stands_alone() -> None:
    one, two = CaseRecord(alerts_per_day=0.1, folder=None), CaseRecord(
        alerts_per_day=0.1, folder=None
    )  # fmt: skip
    for case in (one, two):
        case.append(_attack("10.0.0.1"))
        case.end_group()
    two.append(_attack("10.0.0.2"))
    two.end_group()
    assert two.findings[: len(one.findings)] == one.findings
    one.spool.close()
    two.spool.close()


def test_hosts_that_are_not_told_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    case = CaseRecord(alerts_per_day=0.1, folder=None)
    case.append(_attack("10.0.0.1"))
    case.end_group()
    monkeypatch.setattr("netad_pcap.engine.case.MOST_HOSTS", 1)
    assert case.remarks() == []
    case.append(_attack("10.0.0.2"))
    case.end_group()
    assert case.remarks() == ["of the hosts the 1 most suspicious are told"]
    case.spool.close()
