"""What the shipped model makes of each attack tool: which share of its flows, and is it found?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection import Scorer, default_bundles, read_bundle
from netad_pcap.engine.judging import Judge
from netad_pcap.families import ATTACKS
from netad_pcap.hosts import FindingBook
from netad_pcap.metering.meter import CaptureRead, meter
from netad_pcap.training.judged import scored_flows
from netad_pcap.training.truth import Truth, read_truth

__all__ = ["ToolFigures", "judged_by_tool"]


@dataclass(frozen=True)
class ToolFigures:
    """One tool in one capture.

    Attributes:
        tool, family: as the truth file names them.
        flows: of the tool.
        flagged: share of them that a report would flag, by verdict or as part of a finding.
        found: a finding holds one of them.
    """

    tool: str
    family: str
    flows: int
    flagged: float
    found: bool


def judged_by_tool(captures: Sequence[str], truth: Path) -> Iterator[ToolFigures]:
    """Figures of each tool in each capture, at the product's defaults."""
    scorer = Scorer([read_bundle(found) for found in default_bundles()], "cpu")
    rules = read_truth(str(truth))
    for name in captures:
        yield from _of_capture(name, rules, scorer)


def _of_capture(name: str, rules: Truth, scorer: Scorer) -> Iterator[ToolFigures]:
    by_tool = {
        (rule.tool, rule.family): Truth(
            tuple(r for r in rules.rules if (r.tool, r.family) == (rule.tool, rule.family))
        )
        for rule in rules.rules
        if rule.family in ATTACKS and rule.names(name)
    }
    rows: dict[tuple[str, str], list[NDArray[np.bool_]]] = {key: [] for key in by_tool}
    book, judge = FindingBook(), Judge(scorer)
    reads: list[CaptureRead] = []
    batches = meter(name, profile=scorer.profile, open_flows=judge.asks_open_flows, reads=reads)
    verdicts, findings, earlier = [], [], []
    for scored in scored_flows(judge, batches, reads):
        told = book.update(scored)
        verdicts.append(scored.verdict > 0)
        findings.append(told.finding > 0)
        earlier.append(told.earlier_row)
        for key, mine in by_tool.items():
            rows[key].append(mine.families_of(scored.flows, name) == key[1])
    found = np.concatenate(findings)
    found[np.concatenate(earlier)] = True
    flagged = found | np.concatenate(verdicts)
    for (tool, family), parts in rows.items():
        mine_rows = np.concatenate(parts)
        if mine_rows.any():
            yield ToolFigures(
                tool,
                family,
                int(mine_rows.sum()),
                float(flagged[mine_rows].mean()),
                bool(found[mine_rows].any()),
            )
