"""Sequences of a source's last flows, put together from `FlowBatch.history`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_detectors.preprocessing import Scaling
from netad_pcap.detection import padded_width
from netad_pcap.flows import FlowBatch

__all__ = ["Windows", "step_width"]


def step_width(cells: int) -> int:
    """Width of a step: the cells, zeros, and a last one that is 1 where there is a flow."""
    return padded_width(cells + 1)


@dataclass(frozen=True, eq=False)
class Windows:
    """Flows and which of them each sequence holds.

    Attributes:
        steps: float32 [m + 1, width], of m flows a step each, its last cell 1; then an empty
            step, which the number −1 of a history, none, names.
        history: int [n, L], rows of `steps`, oldest first.
    """

    steps: NDArray[np.float32]
    history: NDArray[Any]

    @classmethod
    def of(cls, flows: FlowBatch, scaling: Scaling, length: int, name: str) -> Windows:
        """The windows of the flows that are not carried; of length 1 a flow each.

        Raises:
            ValueError: the flows have no history of that length; `name` says for whom.
        """
        steps = np.zeros((len(flows) + 1, step_width(scaling.cells)), np.float32)
        steps[:-1, : scaling.cells] = scaling(flows)[:, : scaling.cells]
        steps[:-1, -1] = 1.0
        if length == 1:
            return cls(steps, np.arange(flows.carried, len(flows))[:, None])
        if flows.history is None or flows.history.shape[1] != length:
            raise ValueError(f"the {name} needs a history of {length} flows")
        return cls(steps, flows.history[flows.carried :])

    def __call__(self, history: NDArray[Any]) -> NDArray[np.float32]:
        """Sequences float32 [k, L, width] of some rows of `history`."""
        sequences: NDArray[np.float32] = self.steps[history]
        return sequences
