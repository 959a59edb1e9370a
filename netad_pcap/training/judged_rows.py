"""What is kept of the flows of one judged capture: scores, what was said, what is true, when."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.engine.judging import left_us
from netad_pcap.families import ATTACKS
from netad_pcap.flows import FlowBatch
from netad_pcap.hosts import FindingBook, ScoredFlows, told_score
from netad_pcap.hosts.book import NEEDED
from netad_pcap.report.table import called
from netad_pcap.training.duplicates import Duplicates
from netad_pcap.training.evaluation import ScoredCapture
from netad_pcap.training.grouping import Grouping
from netad_pcap.training.host_order import HostOrder

__all__ = ["FUSED", "JudgedRows"]

#: The method that is a report's `Score`.
FUSED = "fused"
_HOUR_US = 3.6e9


@dataclass
class JudgedRows:
    """The rows of one capture, batch by batch.

    Attributes:
        book: of its findings.
    """

    book: FindingBook
    _families: list[NDArray[Any]] = field(default_factory=list)
    _scores: list[NDArray[np.float64]] = field(default_factory=list)
    _verdicts: list[NDArray[np.uint8]] = field(default_factory=list)
    _labels: list[NDArray[Any]] = field(default_factory=list)
    _findings: list[NDArray[np.int32]] = field(default_factory=list)
    _earlier: list[tuple[NDArray[np.int64], NDArray[np.int32]]] = field(default_factory=list)
    _detectors: tuple[str, ...] = ()
    _order: HostOrder = field(default_factory=HostOrder)
    _findable: bool = True
    _first: FlowBatch | None = None
    _times: list[tuple[NDArray[np.int64], ...]] = field(default_factory=list)
    _found_us: dict[int, int] = field(default_factory=dict)

    def append(self, scored: ScoredFlows, families: NDArray[Any], duplicates: Duplicates) -> None:
        """Keep a batch.

        Args:
            scored: the flows and what is said of them.
            families: object [n], what is true of them; "" takes a flow out.
            duplicates: flows that it has seen are taken out of the figures; findings see them.
        """
        found = self.book.update(scored)
        self._order.add(scored.flows, families)
        families[duplicates.again(scored.flows)] = ""
        self._first = self._first or scored.flows
        self._findable &= not scored.flows.lacks(NEEDED)
        self._detectors = scored.detectors
        self._families.append(families)
        self._scores.append(np.column_stack([scored.novelty, scored.score]))
        self._verdicts.append(scored.verdict)
        self._labels.append(called(scored))
        self._findings.append(found.finding)
        self._earlier.append((found.earlier_row, found.earlier_finding))
        left = left_us(scored.flows)
        if left is not None:
            identity = scored.flows.identity
            self._times.append((identity["start_us"], identity["end_us"], left))
            for number in found.new:
                rows = np.flatnonzero(found.finding == number)
                # One made of open flows alone is told at a whole second within the batch.
                self._found_us[number] = int(left[rows[0]] if len(rows) else left[-1])

    @property
    def any_known(self) -> bool:
        """Whether anything is true of any flow."""
        return any((families != "").any() for families in self._families)

    def by_method(self, name: str, source: str, grouping: Grouping) -> dict[str, ScoredCapture]:
        """The capture by each method; flows that the truth takes out are left out."""
        finding = self._finding()
        families = np.concatenate(self._families)
        known = families != ""
        scores, flagged = np.concatenate(self._scores), np.concatenate(self._verdicts) > 0
        flagged |= finding > 0
        group = grouping.group_of(name, source, self._first)
        start_us, hours = self._span()
        methods = {
            method: ScoredCapture(
                name, source, families[known], scores[known, column], group=group,
                start_us=start_us, hours=hours,
            )
            for column, method in enumerate(self._detectors)
        }  # fmt: skip
        methods[FUSED] = ScoredCapture(
            name,
            source,
            families[known],
            told_score(scores[:, -1], finding)[known],
            flagged[known],
            (finding > 0)[known] if self._findable else None,
            self._told(families, flagged, finding),
            self._label(finding)[known],
            group,
            start_us,
            hours,
        )
        return methods

    def _finding(self) -> NDArray[np.int32]:
        """The finding of each row, 0 or below: none; earlier rows included."""
        finding = np.concatenate(self._findings)
        for rows, numbers in self._earlier:
            finding[rows] = numbers
        return finding

    def _label(self, finding: NDArray[np.int32]) -> NDArray[Any]:
        label = np.concatenate(self._labels)
        for told in self.book.findings():
            label[finding == told.number] = told.family
        return label

    def _span(self) -> tuple[int | None, float | None]:
        if not self._times:
            return None, None
        start = min(int(starts.min()) for starts, _, _ in self._times)
        end = max(int(ends.max()) for _, ends, _ in self._times)
        return start, (end - start) / _HOUR_US

    def _told(
        self, families: NDArray[Any], flagged: NDArray[np.bool_], finding: NDArray[np.int32]
    ) -> dict[str, dict[str, float]]:
        """By attack family: the order of hosts, and seconds from the first packet of an attack
        to its first flagged flow's end and to the first finding that holds a flow of it."""
        told = self._order.places([host.address for host in self.book.hosts()])
        if not self._times:
            return told
        starts, _, left = (np.concatenate(columns) for columns in zip(*self._times, strict=True))
        for family in sorted(set(families.tolist()) & set(ATTACKS)):
            rows = families == family
            begun = int(starts[rows].min())
            mine = told.setdefault(family, {})
            if flagged[rows].any():
                mine["seconds_to_flag"] = (int(left[rows & flagged].min()) - begun) / 1e6
            numbers = [n for n in np.unique(finding[rows]).tolist() if n in self._found_us]
            if numbers:
                first = min(self._found_us[number] for number in numbers)
                mine["seconds_to_finding"] = max(0, first - begun) / 1e6
        return told
