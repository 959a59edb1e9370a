"""Events: what is told while it happens, one JSON object a line.

The place in the engine that a report's case has (`engine.case`): judged rows go in, lines come
out. A finding is told when it is new, when it has grown tenfold or changed its family, and
when it is over, not with each of its flows.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.hosts import QUIET_US, FindingBook, ScoredFlows, utc_text
from netad_pcap.report import ReportRows, flow_lines

__all__ = ["Events"]

#: A finding is told again when it has so many times the flows.
_GROWTH = 10
#: A row leaves so long behind its last packet at most; it may still join a finding.
_LEAVING_US = 122_000_000


class Events:
    """Findings, and flows where all are wanted, as lines of JSON.

    Args:
        alerts_per_day: budget of false findings per day of capture time begun.
        all_flows: tell every flow.

    Attributes:
        findings: told so far.
        flows: weighed so far.
    """

    def __init__(self, *, alerts_per_day: float, all_flows: bool) -> None:
        self.findings = 0
        self.flows = 0
        self._book = FindingBook(alerts_per_day=alerts_per_day)
        self._all_flows = all_flows
        self._clock_us = 0
        self._clock: dict[str, str] = {}
        #: Flows and family of each open finding as last told; in order of their last flow.
        self._told: dict[int, tuple[int, str]] = {}
        self._families: list[str] = []
        self._lines: list[bytes] = []

    def take(self) -> bytes:
        """The lines since this was last called."""
        lines = b"".join(self._lines)
        self._lines.clear()
        return lines

    def append(self, scored: ScoredFlows) -> None:
        """Weigh a batch and tell what changed."""
        found = self._book.update(scored)
        self.flows += len(scored)
        if scored.flows.clock != "us":
            self._clock = {"clock": scored.flows.clock}
        self._clock_us = max(self._clock_us, int(scored.flows.identity["end_us"].max()))
        known = found.finding[found.finding > 0]
        for number in np.unique(np.concatenate([known, found.earlier_finding])).tolist():
            self._look_at(number)
        if self._all_flows:
            self._tell_flows(scored, found.finding)
        self._close_quiet()

    def advance(self, time_us: int) -> None:
        """Capture time has come to `time_us` without a row."""
        self._clock_us = max(self._clock_us, time_us)
        self._close_quiet()

    def end_group(self) -> None:
        """The capture has ended, and all findings with it."""
        for number in sorted(self._told):
            self._tell(number, "closed")
        self._told.clear()

    def _look_at(self, number: int) -> None:
        """A finding that flows have joined: whether it is worth a word."""
        flows, family, _ = self._book.outline(number)
        before = self._told.pop(number, None)
        state = None
        if number > self.findings:
            self.findings, state = number, "new"
            self._families.append(family)
        elif before is None or flows >= _GROWTH * before[0] or family != before[1]:
            state = "grown"
        if state is not None:
            self._families[number - 1] = family
            self._tell(number, state)
            before = flows, family
        assert before is not None
        self._told[number] = before

    def _close_quiet(self) -> None:
        for number in list(self._told):
            end_us = self._book.outline(number)[2]
            if self._clock_us - _LEAVING_US - end_us <= QUIET_US:
                break
            self._tell(number, "closed")
            del self._told[number]

    def _tell(self, number: int, state: str) -> None:
        said = self._book.finding(number).to_json()
        del said["open"]  # the state says it
        first: dict[str, Any] = {"state": state, "family": said.pop("family")}
        event = {"time": utc_text(self._clock_us), "event": "finding", **self._clock}
        event["id"] = said.pop("id")
        line = json.dumps(
            event | first | said, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        )
        self._lines.append(line.encode() + b"\n")

    def _tell_flows(self, scored: ScoredFlows, finding: NDArray[np.int32]) -> None:
        told = replace(scored, reasons=scored.told_reasons(finding))
        rows = ReportRows(told, finding, self.flows - len(scored))
        event = {"time": utc_text(self._clock_us), "event": "flow", **self._clock}
        head = json.dumps(event, separators=(",", ":")).removesuffix("}").encode() + b","
        # A line break inside a string is written as \n: these are between objects only.
        lines = flow_lines(rows, tuple(self._families)).splitlines()
        self._lines.extend(head + line.removeprefix(b"{") + b"\n" for line in lines)
