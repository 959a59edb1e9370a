"""Findings, hosts and rows of several groups of captures as one report's.

Each group stands alone: its own evidence, its own budget. Findings are numbered through,
hosts with one address are told once.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from netad_pcap.flows import FlowBatch
from netad_pcap.hosts import Finding, FindingBook, HostRecord, ScoredFlows, ranked
from netad_pcap.report import Spool, Takeover

__all__ = ["CaseRecord"]

#: Hosts told in a report at most, the most suspicious.
MOST_HOSTS = 1_000


class CaseRecord:
    """Weighs scored flows, group by group, and keeps them for the report.

    Args:
        alerts_per_day: budget of false findings per day of capture time begun.
        folder: where the rows wait; None: the system's temporary folder.
        takes_over: the report's rows are others than the flows scored (`append_rows`).
    """

    def __init__(
        self, *, alerts_per_day: float, folder: Path | None, takes_over: bool = False
    ) -> None:
        self.spool = Spool(folder)
        self.takeover = Takeover(self.spool, folder) if takes_over else None
        self.findings: list[Finding] = []
        self.untold = 0
        self._alerts_per_day = alerts_per_day
        self._hosts: dict[str, HostRecord] = {}
        self._book: FindingBook | None = None
        self._first_row = 0

    def append(self, scored: ScoredFlows) -> None:
        """Weigh a batch of the current group and keep it."""
        if self._book is None:
            self._book = FindingBook(alerts_per_day=self._alerts_per_day)
            self._first_row = len(self.spool)
        offset = len(self.findings)
        found = self._book.update(scored)
        if self.takeover is not None:
            # Not the rows of the report: nobody reads their texts.
            scored = replace(scored, flows=replace(scored.flows, text={}))
        numbers = found.finding
        if offset:
            numbers = np.where(numbers > 0, numbers + np.int32(offset), numbers)
        self.spool.append(scored, numbers)
        if len(found.earlier_row):
            self.spool.amend(found.earlier_row + self._first_row, found.earlier_finding + offset)

    def append_rows(self, flows: FlowBatch) -> None:
        """Keep rows of another profile, which take over what is said of the flows scored."""
        assert self.takeover is not None
        self.takeover.append(flows)

    def advance(self, time_us: int) -> None:
        """A report waits for its end, whatever the clock says."""

    def close(self) -> None:
        """Let the rows go."""
        self.spool.close()
        if self.takeover is not None:
            self.takeover.close()

    def end_group(self) -> None:
        """The capture that a group is has ended: its findings and hosts join the others'."""
        if self._book is None:
            return
        offset = len(self.findings)
        for host in self._book.hosts():
            numbered = tuple(f"f{int(id_[1:]) + offset}" for id_ in host.findings)
            host = replace(host, findings=numbered)
            known = self._hosts.get(host.address)
            self._hosts[host.address] = host if known is None else _merged(known, host)
        self.findings.extend(
            replace(finding, number=finding.number + offset) for finding in self._book.findings()
        )
        self.untold += self._book.untold
        self._book = None

    def hosts(self) -> list[HostRecord]:
        """The most suspicious hosts, `ranked`."""
        return ranked(self._hosts.values())[:MOST_HOSTS]

    def remarks(self) -> list[str]:
        """What a report leaves out."""
        if len(self._hosts) <= MOST_HOSTS:
            return []
        return [f"of the hosts the {MOST_HOSTS:,} most suspicious are told"]


def _merged(a: HostRecord, b: HostRecord) -> HostRecord:
    return HostRecord(
        address=a.address,
        suspicion=a.suspicion + b.suspicion,
        flows=a.flows + b.flows,
        suspicious=a.suspicious + b.suspicious,
        malicious=a.malicious + b.malicious,
        bytes=a.bytes + b.bytes,
        start_us=min(a.start_us, b.start_us),
        end_us=max(a.end_us, b.end_us),
        findings=(*a.findings, *b.findings),
    )
