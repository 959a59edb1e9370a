"""From a flow's columns to numbers that a network can read, and back to shares.

Counts, bytes and times span ten decades: a signed logarithm, then mean and deviation of
the training flows, then a clip, so that one absurd value cannot drown the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection import padded_width
from netad_pcap.flows import FlowBatch
from netad_pcap.schema import PROFILES

__all__ = ["COLUMNS", "Scaling"]

#: The profile whose columns our detectors read.
PROFILE = "cic-fixed"
#: Columns of `cic-fixed` but for what says nothing new: the data set repeats itself.
_REPEATED = (
    "Fwd Seg Size Avg",
    "Bwd Seg Size Avg",
    "Pkt Len Std",
    "Pkt Size Avg",
    "Total TCP Retrans. Count",
    "Total Connection Flow Time",
)
#: What the detectors read: no address, no port, no time of day (design 7.4).
COLUMNS: tuple[str, ...] = tuple(
    name for name in PROFILES[PROFILE].features if name not in _REPEATED
)

#: Scaled values beyond this are taken as this.
_CLIP = 6.0
#: Deviations below this are of columns that do not vary: they are left unscaled.
_SMALL = 1e-3


@dataclass(frozen=True, eq=False)
class Scaling:
    """Mean and deviation of each column's signed logarithm, float64 [len(COLUMNS)]."""

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]

    @classmethod
    def fit(cls, flows: FlowBatch, weight: NDArray[np.float64]) -> Scaling:
        """Learns from flows, each with its weight; columns that hardly vary keep their size."""
        values = _logarithms(flows)
        mean = np.average(values, axis=0, weights=weight)
        deviation = np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weight))
        return cls(mean, np.where(deviation < _SMALL, 1.0, deviation))

    def __call__(self, flows: FlowBatch) -> NDArray[np.float32]:
        """Scaled columns, float32 [n, width], finite; the columns behind len(COLUMNS) are 0."""
        scaled = (_logarithms(flows) - self.mean) / self.deviation
        matrix = np.zeros((len(flows), padded_width(len(COLUMNS))), np.float32)
        matrix[:, : len(COLUMNS)] = np.clip(scaled, -_CLIP, _CLIP)
        return matrix

    def to_arrays(self) -> dict[str, NDArray[np.float64]]:
        """The two tables."""
        return {"mean": self.mean, "deviation": self.deviation}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Scaling:
        """From `to_arrays()`.

        Raises:
            ValueError: a table is missing or not of one number a column.
        """
        tables = []
        for name in ("mean", "deviation"):
            table = arrays.get(name)
            if table is None or table.shape != (len(COLUMNS),):
                raise ValueError(f"array {name!r} must hold {len(COLUMNS)} numbers")
            tables.append(np.asarray(table, np.float64))
        return cls(*tables)


def _logarithms(flows: FlowBatch) -> NDArray[np.float64]:
    """sign(x) log(1 + |x|); NaN and infinities (rates of flows without duration) become 0."""
    values = flows.matrix(COLUMNS)
    values[~np.isfinite(values)] = 0.0
    result: NDArray[np.float64] = np.sign(values) * np.log1p(np.abs(values))
    return result
