"""From a flow's columns to numbers that a detector can read.

Counts, bytes and times span ten decades: a signed logarithm, then one of `SCALINGS`, then a
clip, so that one absurd value cannot drown the others. Columns of symbols (KDD's service) hold
codes: each code becomes a cell of its own (one-hot), a code never seen none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection import Needs, padded_width
from netad_pcap.flows import FlowBatch
from netad_pcap.schema import CONTEXT, KDD_COLUMNS, PROFILES

__all__ = ["COLUMNS", "PROFILE", "SCALINGS", "Scaling", "columns_of", "needs_of", "read_columns"]

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
#: How numbers are scaled → where they are clipped: mean 0 and deviation 1 of the logarithms,
#: their least 0 and their largest 1, or (for trees) as they are, symbols as their codes.
SCALINGS: Mapping[str, tuple[float, float]] = {
    "standard": (-6.0, 6.0),
    "range": (-1.0, 2.0),
    "raw": (-3e38, 3e38),
}
#: Deviations below this are of columns that do not vary: they are left unscaled.
_SMALL = 1e-3


def columns_of(profile: str) -> tuple[str, ...]:
    """What the detectors read of a profile: no address, no port, no time of day (design 7.4).

    Raises:
        ValueError: no such profile.
    """
    if profile not in PROFILES:
        raise ValueError(f"no profile {profile!r}; use one of {', '.join(PROFILES)}")
    return tuple(name for name in PROFILES[profile].features if name not in _REPEATED)


COLUMNS = columns_of(PROFILE)


def read_columns(
    columns: Mapping[str, int] | None, profile: str, context: bool = False
) -> dict[str, int]:
    """Column → how many symbols it has, 0 for one of numbers.

    Args:
        columns: a detector's parameter; None for those of the profile.
        profile: of `netad_pcap.schema.PROFILES`.
        context: whether the context columns are read behind them.

    Raises:
        ValueError: no such profile, no column, or a number of symbols below 0.
    """
    lately = dict.fromkeys(CONTEXT, 0) if context else {}
    if columns is None:
        return {name: KDD_COLUMNS.get(name, 0) for name in columns_of(profile)} | lately
    if not columns or any(not isinstance(n, int) or not 0 <= n <= 1_000 for n in columns.values()):
        raise ValueError("columns must name some, each with its number of symbols, 0 to 1000")
    return {**columns, **lately}


def needs_of(reads: Mapping[str, int]) -> Needs:
    """What a detector that reads these columns asks of a batch."""
    return Needs(
        columns=tuple(name for name in reads if name not in CONTEXT),
        context=tuple(name for name in reads if name in CONTEXT),
    )


@dataclass(frozen=True, eq=False)
class Scaling:
    """How columns become cells.

    Attributes:
        columns: those of numbers come first in the cells, one each.
        mean, deviation: float64 [columns of numbers]; what is taken off, and divided by.
        symbols: column → its number of symbols; their cells come behind, a block a column.
        kind: of `SCALINGS`.
    """

    columns: tuple[str, ...]
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    symbols: Mapping[str, int] = field(default_factory=dict)
    kind: str = "standard"

    @classmethod
    def fit(
        cls,
        flows: FlowBatch,
        weight: NDArray[np.float64],
        columns: Mapping[str, int],
        kind: str = "standard",
    ) -> Scaling:
        """Learns from flows, each with its weight; columns that hardly vary keep their size."""
        empty = cls._of(columns, kind)
        if kind == "raw":
            return empty
        values = _logarithms(flows, empty.numbers)
        if kind == "range":
            seen = values[weight > 0]
            mean = seen.min(axis=0)
            deviation = seen.max(axis=0) - mean
        else:
            mean = np.average(values, axis=0, weights=weight)
            deviation = np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weight))
        deviation = np.where(deviation < _SMALL, 1.0, deviation)
        return cls(empty.columns, mean, deviation, empty.symbols, kind)

    @property
    def numbers(self) -> tuple[str, ...]:
        """Columns without symbols, in their order."""
        return tuple(name for name in self.columns if name not in self.symbols)

    @property
    def cells(self) -> int:
        """How many cells of a row say something."""
        return len(self.numbers) + sum(self.symbols.values())

    @property
    def width(self) -> int:
        """How many cells a row has: what is behind `cells` is 0."""
        return self.cells if self.kind == "raw" else padded_width(self.cells)

    def __call__(self, flows: FlowBatch) -> NDArray[np.float32]:
        """Scaled columns, float32 [n, width], finite."""
        numbers = self.numbers
        read = _finite if self.kind == "raw" else _logarithms
        matrix = np.zeros((len(flows), self.width), np.float32)
        scaled = read(flows, numbers) - self.mean
        scaled /= self.deviation  # in place: these are the large arrays of scoring
        matrix[:, : len(numbers)] = np.clip(scaled, *SCALINGS[self.kind], out=scaled)
        begin = len(numbers)
        for name, count in self.symbols.items():
            code = _finite(flows, (name,))[:, 0]
            rows = np.flatnonzero((code >= 0) & (code < count))
            matrix[rows, begin + code[rows].astype(np.intp)] = 1.0
            begin += count
        return matrix

    def cells_of(self, values: Mapping[str, float]) -> NDArray[np.float32]:
        """The cells of a flow of these values, float32 [cells]; a column that is not among them
        is average, or has no symbol."""
        flow = {name: np.array([values.get(name, -1.0)]) for name in self.columns}
        cells = self(FlowBatch(None, flow))[0, : self.cells]
        for place, name in enumerate(self.numbers):
            if name not in values:
                cells[place] = 0.0
        return cells

    def by_column(self, parts: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """What cells add to a score, [n, cells or more], as what columns add: [n] each."""
        result = {name: parts[:, i].copy() for i, name in enumerate(self.numbers)}
        begin = len(self.numbers)
        for name, count in self.symbols.items():
            result[name] = parts[:, begin : begin + count].sum(axis=1)
            begin += count
        return result

    def to_arrays(self) -> dict[str, NDArray[np.float64]]:
        """The two tables."""
        return {"mean": self.mean, "deviation": self.deviation}

    @classmethod
    def from_arrays(
        cls,
        arrays: Mapping[str, NDArray[Any]],
        columns: Mapping[str, int],
        kind: str = "standard",
    ) -> Scaling:
        """From `to_arrays()`.

        Raises:
            ValueError: a table is missing or not of one number a column.
        """
        empty = cls._of(columns, kind)
        tables: dict[str, Any] = {}
        for name in ("mean", "deviation"):
            table = arrays.get(name)
            if table is None or table.shape != empty.mean.shape:
                raise ValueError(f"array {name!r} must hold {len(empty.mean)} numbers")
            tables[name] = np.asarray(table, np.float64)
        return replace(empty, **tables)

    @classmethod
    def _of(cls, columns: Mapping[str, int], kind: str) -> Scaling:
        """One that leaves numbers as they are."""
        if kind not in SCALINGS:
            raise ValueError(f"no scaling {kind!r}; use one of {', '.join(SCALINGS)}")
        symbols = {name: n for name, n in columns.items() if n and kind != "raw"}
        numbers = len(columns) - len(symbols)
        return cls(tuple(columns), np.zeros(numbers), np.ones(numbers), symbols, kind)


def _finite(flows: FlowBatch, columns: tuple[str, ...]) -> NDArray[np.float64]:
    """The columns, NaN and infinities (rates of flows without duration) as 0: [n, columns], each
    column in one piece of memory, where it is copied and scaled fastest."""
    values = np.empty((len(columns), len(flows)))
    for place, name in enumerate(columns):
        values[place] = flows.column(name)
    values[~np.isfinite(values)] = 0.0
    return values.T


#: Logarithms of batches that are being scored, by their columns: several detectors read them.
_LATELY: WeakKeyDictionary[FlowBatch, dict[tuple[str, ...], NDArray[np.float64]]] = (
    WeakKeyDictionary()
)
#: Of so many batches at most: those that are learned from, or measured on, live long.
_MOST_BATCHES = 4
_ONE_READS = Lock()


def _logarithms(flows: FlowBatch, columns: tuple[str, ...]) -> NDArray[np.float64]:
    """sign(x) log(1 + |x|) [n, columns], read-only; of a batch that was read lately it is there."""
    with _ONE_READS:
        if flows not in _LATELY and len(_LATELY) >= _MOST_BATCHES:
            _LATELY.clear()
        known = _LATELY.setdefault(flows, {})
        if columns not in known:
            values = _finite(flows, columns)
            result = np.abs(values)
            np.log1p(result, out=result)
            np.copysign(result, values, out=result)
            result.flags.writeable = False
            known[columns] = result
        return known[columns]
