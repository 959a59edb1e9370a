"""What the classical classifiers share: classes, cells, arrays; no network and no device.

A method's module says what it learns (`_learn`), holds a stranger's arrays against their shapes
(`_refuse`), and gives the shares of the known families (`_shares`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from netad_detectors.families import balanced, known_from, scores_of_shares, truth_of
from netad_detectors.preprocessing import Scaling
from netad_detectors.reading import Naming
from netad_pcap.detection import Scores
from netad_pcap.flows import FlowBatch

__all__ = ["Supervised", "array_of"]


@dataclass(kw_only=True, eq=False)
class Supervised(Naming, ABC):
    """Benign against the families, from a flow's columns.

    Args:
        balance: 0: families weigh what their flows do; 1: all alike; between, a power.
    """

    scaling: str = "raw"
    balance: float = 0.0
    _arrays: Mapping[str, NDArray[Any]] = field(init=False, default_factory=dict)

    def fit(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Self:
        """Learns the families; of benign flows alone there is nothing to learn."""
        truth, weight = truth_of(flows, families, self.families, self.name)
        own = flows.without_carried()
        self._known = np.bincount(truth, minlength=len(self.families)) > 0
        self._scaling = Scaling.fit(own, weight, self._reads, self.scaling)
        classes = (np.cumsum(self._known) - 1)[truth]
        if self.balance:
            weight = balanced(truth, weight, self.balance)
        self._arrays = self._learn(self._scaling(own), classes, weight)
        return self

    def score(self, flows: FlowBatch) -> Scores:
        """Novelty −log P(benign), and the probabilities of all families."""
        matrix = self._fitted()(flows.without_carried())
        return scores_of_shares(self._shares(matrix), self._known, self.families)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The scaling's tables, which families were seen, what was learned."""
        scaling = self._fitted()
        return {**scaling.to_arrays(), "known": self._known.astype(np.uint8), **self._arrays}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], **parameters: Any) -> Self:
        """From `to_arrays()`.

        Raises:
            ValueError: an array is missing or of a wrong shape.
        """
        detector = cls(**parameters)
        detector._known = known_from(arrays, detector.families)
        detector._scaling = Scaling.from_arrays(arrays, detector._reads, detector.scaling)
        rest = {k: v for k, v in arrays.items() if k not in ("mean", "deviation", "known")}
        detector._refuse(rest, detector._scaling.width, int(detector._known.sum()))
        detector._arrays = rest
        return detector

    @abstractmethod
    def _learn(
        self,
        matrix: NDArray[np.float32],
        classes: NDArray[np.int64],
        weight: NDArray[np.float64],
    ) -> Mapping[str, NDArray[Any]]:
        """What is kept of flows [n, width] of classes 0, 1, … (the known families)."""

    @abstractmethod
    def _refuse(self, arrays: Mapping[str, NDArray[Any]], width: int, classes: int) -> None:
        """Raises ValueError where saved arrays do not fit the parameters or each other."""

    @abstractmethod
    def _shares(self, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
        """Probabilities of the known families, [n, classes]; a row's depend on that row alone."""

    def _fitted(self) -> Scaling:
        if self._scaling is None or not self._arrays:
            raise ValueError(f"the {self.name} has not been fitted")
        return self._scaling


def array_of(arrays: Mapping[str, NDArray[Any]], name: str, *shape: int | None) -> NDArray[Any]:
    """An array of a shape (None: any length there), of finite numbers.

    Raises:
        ValueError: it is missing, of another shape, or not finite.
    """
    found = arrays.get(name)
    if found is None:
        raise ValueError(f"array {name!r} is missing")
    fits = found.ndim == len(shape) and all(
        wanted in (None, length) for wanted, length in zip(shape, found.shape, strict=True)
    )
    if not fits or not np.isfinite(found).all():
        raise ValueError(f"array {name!r} must be of shape {shape} and finite")
    return found
