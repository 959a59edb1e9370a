"""From flows to verdicts: context, history, detectors and calibration as one stream per capture.

The one place where the engine meets `detection` and `context`. It is begun anew for each
group of captures that are metered as one; cutting its input anywhere changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from netad_pcap.context.counters import ContextCounters
from netad_pcap.context.history import FlowHistory
from netad_pcap.context.tables import REMARK
from netad_pcap.detection import Baseline, Bundle, Chosen, Scored, Scorer, installed_bundles
from netad_pcap.detection.baselines import CHOICE_ROWS
from netad_pcap.engine.analysis import BASELINES
from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.hosts import ScoredFlows
from netad_pcap.hosts.evidence import EVIDENCE_P
from netad_pcap.metering.rules import PROFILES
from netad_pcap.metering.states import END_REASONS
from netad_pcap.report import ModelRecord

__all__ = ["CHOICE_US", "Judge", "left_us"]

#: The baseline is chosen from the rows that have left this long after the first stamp, if
#: these are fewer than `CHOICE_ROWS`.
CHOICE_US = 300_000_000
#: An idle flow leaves when capture time has grown by so much since its last packet.
_IDLE_US = 120_000_000
#: KDD's connections leave when it has grown by so much, whatever ended them.
_CONNECTION_US = 180_000_000
#: A row leaves at the second whole second behind that at the latest.
_LEAVING_US = 2_000_000
#: Rows scored at once: contributions and reasons of a batch are many times the batch itself.
_MOST_ROWS = 8_192
_IDLE, _OPEN = END_REASONS.index("idle"), END_REASONS.index("open")


@dataclass(frozen=True)
class _Choice:
    """The baselines chosen for one group, and how many rows they judged."""

    chosen: tuple[Chosen, ...]
    rows: int


class Judge:
    """Scores the rows of one group of captures after another.

    Args:
        scorer: the detectors of all models.
        observe: shown everything that is said of each batch, context included, and the
            baselines that it was said by.
    """

    def __init__(
        self,
        scorer: Scorer,
        observe: Callable[[Scored, Sequence[Chosen]], None] | None = None,
    ) -> None:
        self._scorer = scorer
        self._observe = observe
        self._left_out: tuple[str, ...] | None = None
        self._given_context = False
        self._choices: list[_Choice] = []
        self._begin(0)

    @property
    def scorer(self) -> Scorer:
        """The detectors, without those that the flows seen so far lack something for."""
        return self._scorer

    @property
    def profile(self) -> str:
        """Rule book of the flows that it judges."""
        return self._scorer.profile

    @property
    def clock(self) -> str:
        """Resolution of the times that the models learnt from, `us` or `ms`."""
        return self._scorer.clock

    @property
    def context(self) -> tuple[str, ...]:
        """Context columns that the detectors read; rows of tables bring them along."""
        return self._scorer.needs.context

    @property
    def asks_open_flows(self) -> bool:
        """Whether the meter should tell of open flows too: context is made of them."""
        return bool(self.context)

    def begin(self, start_us: int) -> None:
        """A new group of captures: nothing is remembered of the last.

        Args:
            start_us: first time stamp of the group.
        """
        self._begin(start_us)

    def feed(self, flows: FlowBatch) -> Iterator[ScoredFlows]:
        """Rows in their order; those that wait for the choice of a baseline come later.

        Of rows of open flows only context is made; rows that have it keep theirs.

        Raises:
            ModelError: no detector can judge the flows, or they are of another profile.
        """
        for first in range(0, len(flows), _MOST_ROWS):
            yield from self._feed(flows.take(slice(first, first + _MOST_ROWS)))

    def _feed(self, flows: FlowBatch) -> Iterator[ScoredFlows]:
        if self._left_out is None:  # the first rows of all: a table may lack columns
            self._scorer, self._left_out = self._scorer.able(flows)
            self._forget()
        attached = flows
        if flows.lacks(self.context):
            attached = self._context.attach(flows)
        elif self.context:
            self._given_context = True
        if not len(attached):  # open flows only
            return
        flows = replace(attached, context={})
        attached = self._history.attach(attached)
        if self._chosen is not None:
            yield self._score(flows, attached)
            return
        self._waiting.append((flows, attached))
        first = self._first_rows()
        if first is not None:
            yield from self._choose(first)

    def advance(self, time_us: int) -> Iterator[ScoredFlows]:
        """Capture time has come to `time_us` without a row (live): rows need wait no longer
        once all have left that the choice of a baseline asks for."""
        if self._waiting and time_us > self._until_us + _LEAVING_US:
            rows = concatenate([flows for flows, _ in self._waiting])
            yield from self._choose(rows.take(slice(0, max(1, self._early(rows)))))

    def finish(self) -> Iterator[ScoredFlows]:
        """The rows that still wait: the capture has ended before there were enough."""
        if self._waiting:
            rows = concatenate([flows for flows, _ in self._waiting])
            yield from self._choose(rows.take(slice(0, CHOICE_ROWS)))
        if self._chosen is not None:
            self._choices.append(_Choice(self._chosen, self._rows))

    def models(self) -> list[ModelRecord]:
        """What judged the flows: one record per bundle, with the baselines of most rows."""
        if not self._choices:
            return []
        most = self._choices[self._most()]
        return [
            _record(bundle, chosen, self._scorer.detectors_of(place))
            for place, (bundle, chosen) in enumerate(
                zip(self._scorer.bundles, most.chosen, strict=True)
            )
        ]

    def mostly(self) -> tuple[int, int, tuple[Baseline, ...]]:
        """First row and end of the group with most rows, counted over all groups; and the
        baselines that their p-values are by, one for each bundle."""
        place = self._most()
        first = sum(choice.rows for choice in self._choices[:place])
        most = self._choices[place]
        baselines = zip(self._scorer.bundles, most.chosen, strict=True)
        return first, first + most.rows, tuple(b.baseline(c.name) for b, c in baselines)

    def remarks(self) -> list[str]:
        """Which detectors are left out and why; that context was made of a table; that captures
        are nearest to different baselines, where they are."""
        remarks = [f"left out: {reason}" for reason in self._left_out or ()]
        if self._given_context:
            remarks.append(REMARK)
        names = Counter(
            choice.chosen[0].nearest for choice in self._choices if choice.chosen[0].is_near
        )
        if len(names) > 1:
            told = ", ".join(f"{name} ({count})" for name, count in names.most_common())
            remarks.append(f"the captures are nearest to different baselines: {told}")
        return remarks

    def _most(self) -> int:
        """Place of the group with most rows."""
        return max(range(len(self._choices)), key=lambda place: self._choices[place].rows)

    def _begin(self, start_us: int) -> None:
        self._forget()
        self._waiting: list[tuple[FlowBatch, FlowBatch]] = []
        self._chosen: tuple[Chosen, ...] | None = None
        self._until_us = start_us + CHOICE_US
        self._rows = 0

    def _forget(self) -> None:
        """Nothing was seen yet."""
        needs = self._scorer.needs
        self._context = ContextCounters(needs.context)
        self._history = FlowHistory(needs.history, (*needs.columns, *needs.context))

    def _first_rows(self) -> FlowBatch | None:
        """What the choice is made from, once it is there; None: more rows are waited for."""
        rows = concatenate([flows for flows, _ in self._waiting])
        early = self._early(rows)
        if early == CHOICE_ROWS or early < len(rows):
            return rows.take(slice(0, max(1, early)))
        return None

    def _early(self, rows: FlowBatch) -> int:
        """How many of the first rows to leave are those that the choice asks for."""
        early = min(CHOICE_ROWS, len(rows))
        left = left_us(rows)
        if left is None:
            return early
        return min(early, int(np.searchsorted(left, self._until_us, side="right")))

    def _choose(self, rows: FlowBatch) -> Iterator[ScoredFlows]:
        self._chosen = self._scorer.choose(rows)
        waiting, self._waiting = self._waiting, []
        for flows, attached in waiting:
            yield self._score(flows, attached)

    def _score(self, flows: FlowBatch, attached: FlowBatch) -> ScoredFlows:
        assert self._chosen is not None
        scored = self._scorer.score(attached, self._chosen)
        self._rows += len(scored)
        if self._observe is not None:
            self._observe(scored, self._chosen)
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
            # Findings take in no other rows; which of these stay unflagged shows later.
            reasons=scored.reasons(
                np.flatnonzero((scored.verdict > 0) | (scored.p_value <= EVIDENCE_P))
            ),
        )


def left_us(rows: FlowBatch) -> NDArray[np.int64] | None:
    """Capture time at which each row left, µs; None for tables, which do not say.

    A row leaves at its last packet or, idle, when capture time has grown enough; open ones
    at the end, which is the last packet of the last of them. Rows leave in order.
    """
    if "end_us" not in rows.identity or "end_reason" not in rows.connection:
        return None
    reason = rows.connection["end_reason"]
    if rows.profile in PROFILES:
        left = rows.identity["end_us"] + np.where(reason == _IDLE, _IDLE_US, 0)
    else:
        left = rows.identity["end_us"] + _CONNECTION_US
    left[reason == _OPEN] = rows.identity["end_us"].max(initial=0)
    accumulated: NDArray[np.int64] = np.maximum.accumulate(left)
    return accumulated


def _record(bundle: Bundle, chosen: Chosen, asked: Collection[str]) -> ModelRecord:
    own = [(entry.name, bundle.version) for entry in bundle.detectors]
    own_bulk = chosen.name == BASELINES[1]  # of this traffic itself: neither far nor unsure
    borrowed = [(name, use.version) for use in bundle.uses for name in use.detectors]
    return ModelRecord(
        name=bundle.name,
        version=bundle.version,
        sha256=bundle.sha256,
        profile=bundle.profile,
        detectors=tuple(f"{name} {v}" for name, v in (*own, *borrowed) if name in asked),
        baseline=chosen.name,
        nearest=chosen.nearest,
        nearest_drift=None if own_bulk else chosen.nearest_drift,
        shipped=_is_shipped(bundle) and not own_bulk,
        drift=None if own_bulk else chosen.drift,
        drift_is_high=chosen.drift_is_high and not own_bulk,
        unsure=chosen.unsure and not own_bulk,
    )


def _is_shipped(bundle: Bundle) -> bool:
    return any(installed.name == bundle.name for installed in installed_bundles())
