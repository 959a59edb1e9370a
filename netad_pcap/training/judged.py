"""Captures and flow tables as `analyze` judges them, beside their truth.

The same way of the data as a report's (meter, history, detectors, findings), one capture at a
time; of the flows only scores, what was said and what is true is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from netad_pcap.capture.tables import FlowTable
from netad_pcap.context.tables import rows_with_context
from netad_pcap.detection import Scorer
from netad_pcap.engine.judging import Judge
from netad_pcap.errors import CaptureError, ModelError
from netad_pcap.flows import FlowBatch
from netad_pcap.hosts import FindingBook, ScoredFlows
from netad_pcap.metering.meter import CaptureRead, meter
from netad_pcap.training.duplicates import Duplicates
from netad_pcap.training.evaluation import ScoredCapture
from netad_pcap.training.grouping import Grouping
from netad_pcap.training.judged_rows import FUSED, JudgedRows
from netad_pcap.training.table_labels import UNLABELLED, table_families
from netad_pcap.training.truth import Truth

__all__ = ["FUSED", "JudgedCapture", "judge_captures", "judge_tables", "scored_flows"]


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

    @property
    def fused(self) -> ScoredCapture:
        """As a report has it."""
        return self.by_method[FUSED]


def judge_captures(
    captures: Sequence[str],
    truth: Truth,
    scorer: Scorer,
    *,
    alerts_per_day: float,
    meter_name: str,
    grouping: Grouping,
    duplicates: Duplicates,
    left_out: Callable[[str], None] = lambda name: None,
) -> Iterator[JudgedCapture]:
    """Judge captures one by one.

    Args:
        captures: files.
        truth: what is true of them; captures that it does not name are left out.
        scorer: the detectors of all models.
        alerts_per_day: budget of false findings.
        meter_name: `native` or `nfstream`.
        grouping: what belongs together.
        duplicates: what was seen before, and is left out.
        left_out: told of captures without a label, without flows, or that cannot be read.
    """
    for name in captures:
        rows = JudgedRows(FindingBook(alerts_per_day=alerts_per_day))
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
                    rows.append(scored, truth.families_of(scored.flows, name), duplicates)
            except CaptureError:
                rows = JudgedRows(rows.book)
        duplicates.end_of_file()
        sha256 = (reads[0].sha256 or "") if reads else ""
        if sha256 and duplicates.is_file_again(name, sha256):
            continue
        if not rows.any_known:
            left_out(name)
            continue
        source = truth.source_of(name)
        yield JudgedCapture(name, source, sha256, rows.by_method(name, source, grouping))


def judge_tables(
    tables: Mapping[str, FlowTable],
    truth: Truth | None,
    scorer: Scorer,
    *,
    alerts_per_day: float,
    grouping: Grouping,
    duplicates: Duplicates,
    left_out: Callable[[str], None] = lambda name: None,
    remark: Callable[[str], None] = lambda words: None,
) -> Iterator[JudgedCapture]:
    """Judge flow tables one by one, each as a capture of its own.

    Args:
        tables: by path.
        truth: what is true of them; None: what their `Label` column says.
        scorer: the detectors of all models.
        alerts_per_day: budget of false findings.
        grouping: what belongs together.
        duplicates: what was seen before, and is left out.
        left_out: told of tables without a label.
        remark: told which detectors are left out, and why.

    Raises:
        ModelError: a table is of another profile, or lacks what all detectors need.
    """
    for name, table in tables.items():
        rows = JudgedRows(FindingBook(alerts_per_day=alerts_per_day))
        judge = Judge(scorer)
        if truth is None or truth.names(name):
            try:
                for scored in scored_flows(judge, rows_with_context(table, judge.context)):
                    families = table_families(scored.flows, table, name, truth)
                    families[families == UNLABELLED] = ""
                    rows.append(scored, families, duplicates)
            except ModelError as refusal:
                raise ModelError(f"{name}: {refusal}") from None
        duplicates.end_of_file()
        sha256 = table.file.sha256()
        if duplicates.is_file_again(name, sha256):
            continue
        if not rows.any_known:
            left_out(name)
            continue
        for words in judge.remarks():
            remark(f"{name}: {words}")
        source = name if truth is None else truth.source_of(name)
        yield JudgedCapture(name, source, sha256, rows.by_method(name, source, grouping))


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
