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

__all__ = ["COLUMNS", "PROFILE", "Scaling", "columns_of"]

#: The profile whose columns our detectors read unless told otherwise.
PROFILE = "cic-fixed"
#: Columns that say nothing new: the data sets repeat themselves.
_REPEATED = (
    "Fwd Seg Size Avg",
    "Bwd Seg Size Avg",
    "Pkt Len Std",
    "Pkt Size Avg",
    "Total TCP Retrans. Count",
    "Total Connection Flow Time",
)


def columns_of(profile: str) -> tuple[str, ...]:
    """What the detectors read of a profile: no address, no port, no time of day (design 7.4).

    Raises:
        ValueError: no such profile.
    """
    if profile not in PROFILES:
        raise ValueError(f"no profile {profile!r}; use one of {', '.join(PROFILES)}")
    return tuple(name for name in PROFILES[profile].features if name not in _REPEATED)


COLUMNS = columns_of(PROFILE)

#: Scaled values beyond this are taken as this.
_CLIP = 6.0
#: Deviations below this are of columns that do not vary: they are left unscaled.
_SMALL = 1e-3


@dataclass(frozen=True, eq=False)
class Scaling:
    """Mean and deviation of each column's signed logarithm, float64 [len(columns)]."""

    columns: tuple[str, ...]
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]

    @classmethod
    def fit(
        cls, flows: FlowBatch, weight: NDArray[np.float64], columns: tuple[str, ...] = COLUMNS
    ) -> Scaling:
        """Learns from flows, each with its weight; columns that hardly vary keep their size."""
        values = _logarithms(flows, columns)
        mean = np.average(values, axis=0, weights=weight)
        deviation = np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weight))
        return cls(columns, mean, np.where(deviation < _SMALL, 1.0, deviation))

    def __call__(self, flows: FlowBatch) -> NDArray[np.float32]:
        """Scaled columns, float32 [n, width], finite; what is behind len(columns) is 0."""
        scaled = (_logarithms(flows, self.columns) - self.mean) / self.deviation
        matrix = np.zeros((len(flows), padded_width(len(self.columns))), np.float32)
        matrix[:, : len(self.columns)] = np.clip(scaled, -_CLIP, _CLIP)
        return matrix

    def to_arrays(self) -> dict[str, NDArray[np.float64]]:
        """The two tables."""
        return {"mean": self.mean, "deviation": self.deviation}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], columns: tuple[str, ...] = COLUMNS
    ) -> Scaling:
        """From `to_arrays()`.

        Raises:
            ValueError: a table is missing or not of one number a column.
        """
        tables = []
        for name in ("mean", "deviation"):
            table = arrays.get(name)
            if table is None or table.shape != (len(columns),):
                raise ValueError(f"array {name!r} must hold {len(columns)} numbers")
            tables.append(np.asarray(table, np.float64))
        return cls(columns, *tables)


def _logarithms(flows: FlowBatch, columns: tuple[str, ...]) -> NDArray[np.float64]:
    """sign(x) log(1 + |x|); NaN and infinities (rates of flows without duration) become 0."""
    values = flows.matrix(columns)
    values[~np.isfinite(values)] = 0.0
    result: NDArray[np.float64] = np.sign(values) * np.log1p(np.abs(values))
    return result
