"""From flows to verdicts: context, detectors and calibration as one stream per capture.

The one place where the engine meets `detection` and `context`. A `Judge` is begun anew for
each group of captures that are metered as one; cutting its input anywhere changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from netad_pcap.hosts import VERDICTS, ScoredFlows

if TYPE_CHECKING:
    from netad_pcap.flows import FlowBatch
    from netad_pcap.report import ModelRecord

__all__ = ["Judge", "NoJudge"]


class Judge(Protocol):
    """What `analyze` needs of whoever scores flows."""

    def begin(self) -> None:
        """A new group of captures: nothing is remembered of the last."""

    def feed(self, flows: FlowBatch) -> Sequence[ScoredFlows]:
        """Rows in their order, those that wait for the choice of a baseline later."""

    def finish(self) -> Sequence[ScoredFlows]:
        """The rows that still wait."""

    def models(self) -> Sequence[ModelRecord]:
        """What judged the flows, once they are judged."""


class NoJudge:
    """Without a model: flows keep no verdict."""

    def begin(self) -> None:
        """Nothing is remembered."""

    def feed(self, flows: FlowBatch) -> Sequence[ScoredFlows]:
        """The rows, unscored."""
        n = len(flows)
        return [
            ScoredFlows(
                flows=flows,
                score=np.full(n, np.nan),
                p_value=np.full(n, np.nan),
                verdict=np.full(n, len(VERDICTS), "u1"),
                family=np.full(n, -1, "i4"),
                detector=np.full(n, -1, "i4"),
            )
        ]

    def finish(self) -> Sequence[ScoredFlows]:
        """No row waits."""
        return []

    def models(self) -> Sequence[ModelRecord]:
        """None."""
        return []
