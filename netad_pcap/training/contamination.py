"""Does what somebody calls normal hold something that is not? Told before it is learned.

The shipped models judge the captures as `analyze` would; their findings are what may be an
attack. They are not proof: on a network unlike the shipped baseline they may be ordinary. So
they are told, and left out on request only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netad_pcap.capture.tables import FlowTable
from netad_pcap.capture.wording import count_of
from netad_pcap.context.tables import rows_with_context
from netad_pcap.detection import Bundle, Scorer
from netad_pcap.engine.judging import Judge
from netad_pcap.errors import CaptureError, ModelError
from netad_pcap.families import UNKNOWN
from netad_pcap.hosts import ALERTS_PER_DAY, Finding, FindingBook
from netad_pcap.metering.meter import CaptureRead, meter
from netad_pcap.training.judged import scored_flows
from netad_pcap.training.truth import Rule, Truth

__all__ = ["Contamination", "look_for_contamination"]

#: Findings told at most.
_MOST = 5


@dataclass(frozen=True)
class Contamination:
    """What the shipped models find in captures that are said to be normal.

    Attributes:
        findings: by capture, those with any.
        captures: all that are learned from.
    """

    findings: Mapping[str, Sequence[Finding]]
    captures: Sequence[str]

    def __bool__(self) -> bool:
        return bool(self.findings)

    def lines(self, *, trimmed: bool) -> list[str]:
        """What is said of it."""
        told = [
            f"may not be normal: {name}: {finding.subject}: {finding.family}, "
            f"{', '.join(finding.reasons)}"
            for name, findings in self.findings.items()
            for finding in findings
        ]
        lines = told[:_MOST]
        if len(told) > _MOST:
            lines.append(f"and {count_of(len(told) - _MOST, 'more finding')} of the shipped models")
        if told:
            lines.append(
                "left out: all flows of these hosts in the time of each finding"
                if trimmed
                else "what is learned looks normal afterwards: look with netad-pcap analyze, and "
                "leave such captures out, or their flows with --trim"
            )
        return lines

    def truth(self) -> Truth:
        """A truth by which the flows of the findings are taken out and all others are benign:
        what the hosts named do, in both directions, while it lasts."""
        rules = [
            Rule(
                capture=name,
                src=finding.source or "",
                dst=finding.destination or "",
                start=math.floor(finding.start_us / 1e6),
                end=math.ceil(finding.end_us / 1e6),
                family=UNKNOWN,
            )
            for name, findings in self.findings.items()
            for finding in findings
        ]
        return Truth((*rules, *(Rule(capture=name) for name in self.captures)))


def look_for_contamination(
    captures: Sequence[str],
    bundles: Sequence[Bundle],
    *,
    tables: Mapping[str, FlowTable],
    meter_name: str,
) -> Contamination:
    """Judge captures with the shipped models, each by itself, at the default budgets.

    Args:
        captures: files.
        bundles: the shipped models that can judge them; none: nothing is found.
        tables: by path, those of the files that are flow tables.
        meter_name: `native` or `nfstream`.
    """
    findings: dict[str, Sequence[Finding]] = {}
    if not bundles:
        return Contamination(findings, captures)
    scorer = Scorer(bundles, "cpu")
    for name in captures:
        book = FindingBook(alerts_per_day=ALERTS_PER_DAY)
        judge = Judge(scorer)
        reads: list[CaptureRead] = []
        batches = (
            rows_with_context(tables[name], judge.context)
            if name in tables
            else meter(
                name,
                profile=scorer.profile,
                meter=meter_name,
                open_flows=judge.asks_open_flows,
                reads=reads,
            )
        )
        try:
            for scored in scored_flows(judge, batches, reads):
                book.update(scored)
        except (CaptureError, ModelError):  # said where it is read to be learned
            continue
        found = book.findings()
        if found:
            findings[name] = found
    return Contamination(findings, captures)
