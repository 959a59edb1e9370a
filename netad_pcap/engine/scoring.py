"""The judge that works: history, the choice of a baseline, the scorer.

The first rows of a group of captures wait until the baseline is chosen (design 7.9); after
that each batch is judged as it comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from netad_pcap.context.history import FlowHistory
from netad_pcap.errors import ModelError
from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.hosts import ScoredFlows
from netad_pcap.report import ModelRecord

if TYPE_CHECKING:
    from netad_pcap.detection import Bundle, Chosen, Scorer

__all__ = ["CHOICE_ROWS", "CHOICE_US", "ScorerJudge"]

#: The baseline is chosen from so many rows, or from those that ended within so long.
CHOICE_ROWS = 1_000
CHOICE_US = 300_000_000


class ScorerJudge:
    """Judges flows with the detectors of some bundles.

    Args:
        scorer: over `bundles`.
        bundles: each with whether it is a shipped one.
    """

    def __init__(self, scorer: Scorer, bundles: Sequence[tuple[Bundle, bool]]) -> None:
        self._scorer = scorer
        self._bundles = bundles
        self._needs = scorer.needs
        self.begin()

    def begin(self) -> None:
        """A new group of captures: nothing is remembered of the last."""
        self._history = FlowHistory(
            self._needs.history, (*self._needs.columns, *self._needs.context)
        )
        self._waiting: list[FlowBatch] = []
        self._choice: tuple[Chosen, ...] | None = None

    def feed(self, flows: FlowBatch) -> Sequence[ScoredFlows]:
        """Rows in their order, those that wait for the choice of a baseline later."""
        if self._choice is not None:
            return [self._judge(flows)]
        self._waiting.append(flows)
        if sum(map(len, self._waiting)) < CHOICE_ROWS and not self._waited_long():
            return []
        return self.finish()

    def finish(self) -> Sequence[ScoredFlows]:
        """The rows that still wait."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return []
        if self._choice is None:
            self._choice = self._scorer.choose(_first_rows(waiting))
        return [self._judge(batch) for batch in waiting]

    def models(self) -> Sequence[ModelRecord]:
        """What judged the flows; empty before any was."""
        if self._choice is None:
            return []
        return [
            ModelRecord(
                name=bundle.name,
                version=bundle.version,
                sha256=bundle.sha256,
                profile=bundle.profile,
                detectors=tuple(f"{d.name} {bundle.version}" for d in bundle.detectors),
                baseline=chosen.name,
                shipped=shipped,
                drift=chosen.drift,
                drift_is_high=chosen.drift_is_high,
                unsure=chosen.unsure,
            )
            for (bundle, shipped), chosen in zip(self._bundles, self._choice, strict=True)
        ]

    def _waited_long(self) -> bool:
        if "start_us" not in self._waiting[0].identity:
            return False
        begun = int(self._waiting[0].identity["start_us"].min())
        return int(self._waiting[-1].identity["end_us"][-1]) - begun > CHOICE_US

    def _judge(self, flows: FlowBatch) -> ScoredFlows:
        scored = self._scorer.score(self._with_history(flows), self._choice)
        # A history keeps only what detectors read: rows go on with all their columns.
        scored = replace(scored, flows=flows)
        return ScoredFlows(
            flows=flows,
            score=scored.score,
            p_value=scored.p_value,
            verdict=scored.verdict,
            family=scored.family,
            families=scored.families,
            probabilities=scored.probabilities,
            detectors=scored.detectors,
            novelty=scored.novelty,
            detector=scored.detector,
            reasons=scored.reasons(),
        )

    def _with_history(self, flows: FlowBatch) -> FlowBatch:
        if not self._needs.history:
            return flows
        for column in ("src_ip", "end_us"):
            if column not in flows.identity:
                name = {"src_ip": "Src IP", "end_us": "Timestamp"}[column]
                raise ModelError(
                    f"the model reads the last flows of each source, and this flow table has no "
                    f"usable {name}: choose a model without sequences (--model)"
                )
        missing = [c for c in self._needs.columns if not flows.has(c)]
        if missing:
            raise ModelError(
                f"the flows lack what the model reads: {', '.join(missing[:5])}"
                + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
            )
        return self._history.attach(flows)


def _first_rows(waiting: Sequence[FlowBatch]) -> FlowBatch:
    """The rows that the choice is made from: the same however the input was cut."""
    rows = concatenate(waiting).take(slice(0, CHOICE_ROWS))
    if "start_us" not in rows.identity:
        return rows
    late = rows.identity["end_us"] - int(rows.identity["start_us"][0]) > CHOICE_US
    if late.any():
        rows = rows.take(slice(0, max(1, int(np.argmax(late)))))
    return rows
