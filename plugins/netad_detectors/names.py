"""Rare look-ups: how many names of one domain a host asks for, and how long they are.

No network: of each context column of DNS zones the tail of the benign training flows is kept,
and the most surprising column speaks. Flows that ask for nothing score nothing, so this is
heard beside the other detectors, not in their mean (`detection.fusion`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from netad_detectors.tails import arrays_of_tails, tails_of_arrays
from netad_pcap.detection import Calibration, Needs, Scores, fit_calibration
from netad_pcap.families import BENIGN
from netad_pcap.flows import FlowBatch
from netad_pcap.schema import CONTEXT, ENTITIES

__all__ = ["Names"]

_COLUMNS = tuple(n for n, c in CONTEXT.items() if c.entity == ENTITIES.index("zone"))
#: Benign values kept of a column.
_KEPT = 400


class Names:
    """Tail probabilities of what sources ask of one domain, learned from benign flows.

    Args:
        seed: taken as every detector's; nothing here draws at random.
    """

    name: ClassVar[str] = "names"
    heard_alone: ClassVar[bool] = True

    def __init__(self, *, seed: int = 0) -> None:
        self.needs = Needs(context=_COLUMNS)
        self.seed = seed
        self._tails: tuple[Calibration, ...] = ()

    def fit(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Self:
        """Learns the tails from benign flows."""
        own = flows.without_carried()
        benign = np.ones(len(own), np.bool_) if families is None else families == BENIGN
        weight = np.ones(len(own)) if own.weight is None else own.weight
        if not weight[benign].sum() > 0:
            raise ValueError("names needs benign flows to learn from")
        share = weight[benign] / weight[benign].max()
        self._tails = tuple(
            fit_calibration(_finite(own, name)[benign], share, _KEPT) for name in _COLUMNS
        )
        return self

    def adapt(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Self:
        """Learns the tails anew."""
        return self.fit(flows, families)

    def score(self, flows: FlowBatch) -> Scores:
        """Novelty: −log10 p of the most surprising column; 0 where nothing is asked for."""
        if not self._tails:
            raise ValueError("names has not been fitted")
        own = flows.without_carried()
        values = [_finite(own, name) for name in _COLUMNS]
        surprise = np.column_stack(
            [
                np.where(column > 0, tail.surprise(column), 0.0)
                for tail, column in zip(self._tails, values, strict=True)
            ]
        )
        speaks = surprise.argmax(axis=1)
        return Scores(
            novelty=surprise.max(axis=1),
            contributions={
                name: np.where(speaks == place, surprise[:, place], 0.0)
                for place, name in enumerate(_COLUMNS)
            },
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Tails one behind the other."""
        if not self._tails:
            raise ValueError("names has not been fitted")
        return arrays_of_tails(self._tails)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], **parameters: Any) -> Self:
        """From `to_arrays()`.

        Raises:
            ValueError: an array is missing, of a wrong shape, or no tail.
        """
        detector = cls(**parameters)
        detector._tails = tails_of_arrays(arrays, len(_COLUMNS))
        return detector


def _finite(flows: FlowBatch, name: str) -> NDArray[np.float64]:
    """A context column, float64 [n], at least 0; what is no number is 0."""
    if name not in flows.context:
        raise ValueError(f"names needs context column {name}")
    values = np.nan_to_num(flows.context[name].astype(np.float64), nan=0.0, posinf=1e300)
    return np.asarray(np.maximum(values, 0.0))
