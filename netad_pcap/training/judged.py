"""Captures and flow tables as `analyze` judges them, beside their truth.

The same way of the data as a report's (meter, history, detectors, findings), one capture at a
time; of the flows only scores, what was said and what is true is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture.tables import FlowTable
from netad_pcap.detection import Scorer
from netad_pcap.engine.judging import Judge
from netad_pcap.errors import CaptureError, ModelError
from netad_pcap.flows import FlowBatch
from netad_pcap.hosts import FindingBook, ScoredFlows
from netad_pcap.hosts.book import NEEDED
from netad_pcap.metering.meter import CaptureRead, meter
from netad_pcap.training.evaluation import ScoredCapture
from netad_pcap.training.host_order import HostOrder
from netad_pcap.training.table_labels import UNLABELLED, table_families
from netad_pcap.training.truth import Truth

__all__ = ["FUSED", "JudgedCapture", "judge_captures", "judge_tables", "scored_flows"]

#: The method that is a report's `Score`.
FUSED = "fused"


@dataclass(frozen=True, eq=False)
class JudgedCapture:
    """One capture by every method.

    Attributes:
        name: path as given.
        source: repository or network.
        sha256: of its file.
        by_method: each detector's novelty, and `fused` with verdicts and findings.
    """

    name: str
    source: str
    sha256: str
    by_method: dict[str, ScoredCapture]


def judge_captures(
    captures: Sequence[str],
    truth: Truth,
    scorer: Scorer,
    *,
    alerts_per_day: float,
    meter_name: str,
    left_out: Callable[[str], None] = lambda name: None,
) -> Iterator[JudgedCapture]:
    """Judge captures one by one.

    Args:
        captures: files.
        truth: what is true of them; captures that it does not name are left out.
        scorer: the detectors of all models.
        alerts_per_day: budget of false findings.
        meter_name: `native` or `nfstream`.
        left_out: told of captures without a label, without flows, or that cannot be read.
    """
    for name in captures:
        rows = _Rows(FindingBook(alerts_per_day=alerts_per_day))
        reads: list[CaptureRead] = []
        if truth.names(name):
            judge = Judge(scorer)
            batches = meter(
                name,
                profile=scorer.profile,
                meter=meter_name,
                open_flows=judge.asks_open_flows,
                reads=reads,
            )
            try:
                for scored in scored_flows(judge, batches, reads):
                    rows.append(scored, truth.families_of(scored.flows, name))
            except CaptureError:
                rows = _Rows(rows.book)
        if not rows.families:
            left_out(name)
            continue
        source = truth.source_of(name)
        yield JudgedCapture(name, source, reads[0].sha256 or "", rows.by_method(name, source))


def judge_tables(
    tables: Mapping[str, FlowTable],
    truth: Truth | None,
    scorer: Scorer,
    *,
    alerts_per_day: float,
    left_out: Callable[[str], None] = lambda name: None,
    remark: Callable[[str], None] = lambda words: None,
) -> Iterator[JudgedCapture]:
    """Judge flow tables one by one, each as a capture of its own.

    Args:
        tables: by path.
        truth: what is true of them; None: what their `Label` column says.
        scorer: the detectors of all models.
        alerts_per_day: budget of false findings.
        left_out: told of tables without a label.
        remark: told which detectors are left out, and why.

    Raises:
        ModelError: a table is of another profile, or lacks what all detectors need.
    """
    for name, table in tables.items():
        rows = _Rows(FindingBook(alerts_per_day=alerts_per_day))
        judge = Judge(scorer)
        if truth is None or truth.names(name):
            try:
                for scored in scored_flows(judge, table.batches()):
                    families = table_families(scored.flows, table, name, truth)
                    families[families == UNLABELLED] = ""
                    rows.append(scored, families)
            except ModelError as refusal:
                raise ModelError(f"{name}: {refusal}") from None
        if not any((families != "").any() for families in rows.families):
            left_out(name)
            continue
        for words in judge.remarks():
            remark(f"{name}: {words}")
        source = name if truth is None else truth.source_of(name)
        yield JudgedCapture(name, source, table.file.sha256(), rows.by_method(name, source))


def scored_flows(
    judge: Judge, batches: Iterable[FlowBatch], reads: Sequence[CaptureRead] = ()
) -> Iterator[ScoredFlows]:
    """What a judge says of the flows of one capture; `reads` is filled by their meter."""
    begun = False
    for flows in batches:
        if not begun:
            judge.begin((reads[0].health.start_us or 0) if reads else 0)
            begun = True
        yield from judge.feed(flows)
    if begun:
        yield from judge.finish()


@dataclass
class _Rows:
    """What is kept of the flows of one capture."""

    book: FindingBook
    families: list[NDArray[Any]] = field(default_factory=list)
    scores: list[NDArray[np.float64]] = field(default_factory=list)
    verdicts: list[NDArray[np.uint8]] = field(default_factory=list)
    findings: list[NDArray[np.bool_]] = field(default_factory=list)
    earlier: list[NDArray[np.int64]] = field(default_factory=list)
    detectors: tuple[str, ...] = ()
    order: HostOrder = field(default_factory=HostOrder)
    findable: bool = True

    def append(self, scored: ScoredFlows, families: NDArray[Any]) -> None:
        found = self.book.update(scored)
        self.order.add(scored.flows, families)
        self.findable &= not scored.flows.lacks(NEEDED)
        self.detectors = scored.detectors
        self.families.append(families)
        self.scores.append(np.column_stack([scored.novelty, scored.score]))
        self.verdicts.append(scored.verdict)
        self.findings.append(found.finding > 0)
        self.earlier.append(found.earlier_row)

    def by_method(self, name: str, source: str) -> dict[str, ScoredCapture]:
        """The capture by each method; flows that the truth takes out are left out."""
        finding = np.concatenate(self.findings)
        finding[np.concatenate(self.earlier)] = True
        families = np.concatenate(self.families)
        known = families != ""
        scores, flagged = np.concatenate(self.scores), np.concatenate(self.verdicts) > 0
        methods = {
            method: ScoredCapture(name, source, families[known], scores[known, column])
            for column, method in enumerate(self.detectors)
        }
        methods[FUSED] = ScoredCapture(
            name,
            source,
            families[known],
            scores[known, -1],
            (flagged | finding)[known],
            finding[known] if self.findable else None,
            self.order.places([host.address for host in self.book.hosts()]),
        )
        return methods
