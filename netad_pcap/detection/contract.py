"""What a detector is: the contract that every plugin keeps.

Our own detectors keep it too; `netad_pcap.testing.check_detector` executes it.
A detector needs no base class: whatever has these members is one.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from netad_pcap.errors import ModelError
from netad_pcap.families import ANOMALY, BENIGN, FAMILIES
from netad_pcap.flows import FlowBatch

__all__ = ["Detector", "Needs", "Scores", "check_scores", "explanation", "heard_alone"]

#: How far from 1 a row of family probabilities may sum.
_SUM_TOLERANCE = 1e-6


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
    """A detector plugin. Its constructor's keywords, `seed` among them, are its parameters; one
    called `profile` is given the rule book of the flows to learn from.

    It keeps no state between calls of `score`. One that has a network also has
    `to(device: str) -> None`, called by the engine before `score`. One that can go on learning
    from what it knows has `adapt(flows, families=None)`, with the arguments of `fit`, for
    `train --warm-start`. One whose contributions cost too much for every flow leaves them out of
    its `Scores` and has `explain(flows, rows)`: contributions, by column float64 [len(rows)], of
    rows given by their numbers among those that are not carried, whatever else is in the batch.
    One that says something of few flows only has `heard_alone = True`: it stands beside the mean of
    the others, not in it (`fusion`). An `explain(flows, rows, usual)` is also given the median of
    each column among the baseline's flows: it says what columns add next to a flow that has these.
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
        Both may come from a stranger's file: hold the shapes of the arrays against what the
        keywords say before anything is allocated by them.
        Raises ValueError when an array is missing or of a wrong shape."""


def heard_alone(detector: Any) -> bool:
    """Whether a detector stands beside the mean of the others (`fusion`)."""
    return bool(getattr(detector, "heard_alone", False))


def explanation(
    detector: Any, flows: FlowBatch, rows: NDArray[np.intp], usual: Mapping[str, float]
) -> Mapping[str, NDArray[np.float64]]:
    """What a detector's `explain` says, given the usual values where it takes them."""
    given = {"usual": usual} if "usual" in inspect.signature(detector.explain).parameters else {}
    told: Mapping[str, NDArray[np.float64]] = detector.explain(flows, rows, **given)
    return told


def check_scores(scores: object, n: int, name: str) -> None:
    """Hold what a detector returned against the contract.

    Args:
        scores: what `score` returned, whatever it is.
        n: how many flows it had to score.
        name: the detector, for the message.

    Raises:
        ModelError: naming the detector and the first thing that is wrong.
    """
    fault = _fault(scores, n)
    if fault is not None:
        raise ModelError(f"detector {name} broke its contract: {fault}; tell its author")


def _fault(scores: object, n: int) -> str | None:
    if not isinstance(scores, Scores):
        return f"score() returned {type(scores).__name__}, not Scores"
    fault = _column_fault("novelty", scores.novelty, (n,))
    if fault is not None:
        return fault
    fault = _families_fault(scores, n)
    if fault is not None:
        return fault
    for column, values in scores.contributions.items():
        fault = _column_fault(f"contributions of {column!r}", values, (n,))
        if fault is not None:
            return fault
    return None


def _families_fault(scores: Scores, n: int) -> str | None:
    if scores.probabilities is None:
        return "it names families without probabilities" if scores.families else None
    unknown = [f for f in scores.families if f not in FAMILIES or f == ANOMALY]
    if unknown:
        return f"family {unknown[0]!r} is not one that can be named"
    if len(set(scores.families)) < len(scores.families) or BENIGN not in scores.families:
        return "families are named twice, or benign is not among them"
    fault = _column_fault("probabilities", scores.probabilities, (n, len(scores.families)))
    if fault is not None:
        return fault
    low = bool((scores.probabilities < 0).any())
    if low or (abs(scores.probabilities.sum(axis=1) - 1) > _SUM_TOLERANCE).any():
        return "rows of probabilities do not sum to 1"
    return None


def _column_fault(what: str, values: Any, shape: tuple[int, ...]) -> str | None:
    if not isinstance(values, np.ndarray) or values.dtype != np.float64:
        kind = getattr(values, "dtype", type(values).__name__)
        return f"{what} must be a float64 array, not {kind}"
    if values.shape != shape:
        return f"{what} has shape {values.shape} where {shape} is due"
    if not np.isfinite(values).all():
        row = int(np.argwhere(~np.isfinite(values))[0][0])
        return f"{what} is not finite in row {row}"
    return None
