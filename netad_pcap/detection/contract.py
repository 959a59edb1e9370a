"""What a detector is: the contract that every plugin keeps.

Our own detectors keep it too; `netad_pcap.testing.check_detector` executes it.
A detector needs no base class: whatever has these members is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch

__all__ = ["Detector", "Needs", "Scores"]


@dataclass(frozen=True)
class Needs:
    """What a detector reads of a batch.

    Attributes:
        columns: feature, connection or identity columns, by the names `FlowBatch.column` knows.
        context: context columns.
        history: how many flows of the same source, the flow itself included (0: none);
            they arrive as `flows.history`.
    """

    columns: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    history: int = 0


@dataclass(frozen=True, eq=False)
class Scores:
    """What a detector says of n flows, in their order; finite everywhere.

    Attributes:
        novelty: float64 [n], higher = more anomalous; no scale is promised.
        families: names of the columns of `probabilities`, from `netad_pcap.families`
            (`benign` among them); empty for a detector that knows no families.
        probabilities: float64 [n, len(families)], rows sum to 1; None without families.
        contributions: by column name, float64 [n]: the share of `novelty` that the column
            explains; empty for a detector that cannot say.
    """

    novelty: NDArray[np.float64]
    families: tuple[str, ...] = ()
    probabilities: NDArray[np.float64] | None = None
    contributions: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)


@runtime_checkable
class Detector(Protocol):
    """A detector plugin. Its constructor's keywords, `seed` among them, are its parameters.

    It keeps no state between calls of `score`. One that has a network also has
    `to(device: str) -> None`, called by the engine before `score`.
    """

    name: ClassVar[str]
    needs: Needs

    def fit(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Any:
        """Learn from flows; `families` holds a family name per flow (object [n]), or is None
        for flows that are all taken as benign. Honours `flows.weight`. Returns self."""

    def score(self, flows: FlowBatch) -> Scores:
        """Score every flow behind the first `flows.carried` ones."""

    def to_arrays(self) -> Mapping[str, NDArray[Any]]:
        """What was learned: named arrays of numbers, no code, no text."""

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], **parameters: Any) -> Any:
        """The detector again from `to_arrays()` and the constructor's keywords.
        Raises ValueError when an array is missing or of a wrong shape."""
