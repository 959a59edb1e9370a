"""What the classical detectors of the unlike share: benign flows in, arrays, parts of a score.

A method's module says what it learns (`_learn`), holds a stranger's arrays against their shapes
(`_refuse`), and gives each flow's score, by cells where it can (`_parts`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from netad_detectors.preprocessing import Scaling
from netad_detectors.reading import Reading
from netad_pcap.detection import Scores, padded_width
from netad_pcap.flows import FlowBatch

__all__ = ["Unlike", "padded"]


@dataclass(kw_only=True, eq=False)
class Unlike(Reading, ABC):
    """How unlike the benign flows a flow is."""

    _arrays: Mapping[str, NDArray[Any]] = field(init=False, default_factory=dict)

    def fit(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Self:
        """Learns from the benign flows; all are benign where `families` is None."""
        rows, weight = self._benign(flows, families)
        benign = flows.take(rows)
        self._scaling = Scaling.fit(benign, weight, self._reads, self.scaling)
        matrix = self._scaling(benign)[:, : self._scaling.cells]
        self._arrays = self._learn(matrix, weight / weight.sum())
        return self

    def score(self, flows: FlowBatch) -> Scores:
        """The sum of what cells add; contributions where the method has them."""
        scaling = self._fitted()
        own = flows.without_carried()
        parts = self._parts(scaling(own)[:, : scaling.cells])
        if parts.shape[1] != scaling.cells:
            return Scores(novelty=parts.sum(axis=1))
        return Scores(novelty=parts.sum(axis=1), contributions=scaling.by_column(parts))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The scaling's tables and what was learned."""
        return {**self._fitted().to_arrays(), **self._arrays}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], **parameters: Any) -> Self:
        """From `to_arrays()`.

        Raises:
            ValueError: an array is missing or of a wrong shape.
        """
        detector = cls(**parameters)
        detector._scaling = Scaling.from_arrays(arrays, detector._reads, detector.scaling)
        rest = {k: v for k, v in arrays.items() if k not in ("mean", "deviation")}
        detector._refuse(rest, detector._scaling.cells)
        detector._arrays = rest
        return detector

    @abstractmethod
    def _learn(
        self, matrix: NDArray[np.float32], weight: NDArray[np.float64]
    ) -> Mapping[str, NDArray[Any]]:
        """What is kept of benign flows [n, cells]; weights sum to 1."""

    @abstractmethod
    def _refuse(self, arrays: Mapping[str, NDArray[Any]], cells: int) -> None:
        """Raises ValueError where saved arrays do not fit the parameters or each other."""

    @abstractmethod
    def _parts(self, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
        """What each cell adds to the score, [n, cells]; or the score, [n, 1]."""

    def _fitted(self) -> Scaling:
        if self._scaling is None or not self._arrays:
            raise ValueError(f"the {self.name} has not been fitted")
        return self._scaling


def padded(matrix: NDArray[Any]) -> NDArray[np.float64]:
    """The cells, float64, and zeros up to a width that scores alike in any batch."""
    wide = np.zeros((len(matrix), padded_width(matrix.shape[1])))
    wide[:, : matrix.shape[1]] = matrix
    return wide
