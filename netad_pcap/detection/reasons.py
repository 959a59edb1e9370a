"""Why a flow was flagged, in words: column, value, unit, normal range. Words from tables.

Fwd Pkts/s 5,210 /s (normal: 0.1-64 /s)
9,841 flows of the source in 60 s (normal: 1-12)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection.baselines import Baseline
from netad_pcap.detection.quantiles import NORMAL
from netad_pcap.flows import FlowBatch
from netad_pcap.schema import COLUMNS, CONTEXT

__all__ = ["MOST", "column_reasons", "family_reason", "normal_text", "value_text"]

#: Columns named per flow at most.
MOST = 3

#: Steps of time: from so many µs on, in which unit, and how many µs that is.
_TIMES = ((3.6e9, "h", 3.6e9), (6e7, "min", 6e7), (1e6, "s", 1e6), (1e3, "ms", 1e3))
_SUFFIXES: Mapping[str, str] = {
    "byte": " bytes",
    "byte/second": " bytes/s",
    "packet/second": " /s",
    "byte^2": " bytes²",
    "second": " s",
}


def value_text(value: float, unit: str) -> str:
    """A value with its unit as people read it: `5,210 /s`, `3.1 s`, `12`."""
    if np.isnan(value):
        return "not a number"
    if np.isinf(value):
        return "infinite" if value > 0 else "minus infinite"
    if unit == "share":
        return f"{_number(100 * value)} %"
    if unit == "microsecond":
        for least, name, size in _TIMES:
            if abs(value) >= least:
                return f"{_number(value / size)} {name}"
        return f"{_number(value)} µs"
    return _number(value) + _SUFFIXES.get(unit, "")


def normal_text(name: str, low: float, high: float) -> str:
    """A normal range of a column: `0.1-64 /s`."""
    return _range_text(low, high, _units([name])[0])


def family_reason(family: str, probability: float) -> str:
    """What a named family is told as: `like scan (probability 0.93)`; never rounded up to 1."""
    return f"like {family} (probability {min(probability, 0.99):.2f})"


def column_reasons(
    flows: FlowBatch,
    rows: NDArray[np.intp],
    baseline: Baseline,
    contributions: Mapping[str, NDArray[np.float64]],
) -> list[tuple[str, ...]]:
    """The columns that speak most against each flow, at most three.

    Where the detector says how much each column contributes, those that contribute most and
    lie outside the normal range; where it cannot say, those that lie farthest outside. When
    none does, the flow is unusual only in how its columns come together: that is said.

    Args:
        flows: the flows.
        rows: int [k], those to explain.
        baseline: what is normal: columns between their 5% and 95% quantiles.
        contributions: by column, float64 [len(flows)]; empty where the detector cannot say.

    Returns:
        One tuple per row of `rows`.
    """
    places = [
        place
        for place, name in enumerate(baseline.columns)
        if flows.has(name) and not np.isnan(baseline.quantiles[place]).any()
    ]
    if not places or not len(rows):
        return [()] * len(rows)
    names = [baseline.columns[place] for place in places]
    normal = baseline.quantiles[places][:, NORMAL]
    values = np.column_stack([flows.column(name)[rows].astype(np.float64) for name in names])
    outside = _outside(values, normal)
    if contributions:
        rank = np.column_stack(
            [contributions[n][rows] if n in contributions else np.zeros(len(rows)) for n in names]
        )
    else:
        rank = outside
    order = np.argsort(-np.where(outside > 0, rank, -np.inf), axis=1, kind="stable")[:, :MOST]
    together = np.argsort(-rank, axis=1, kind="stable")[:, :MOST]
    unit_of = _units(names)
    texts = [
        f"normal: {_range_text(low, high, unit)}"
        for (low, high), unit in zip(normal.tolist(), unit_of, strict=True)
    ]
    reasons: list[tuple[str, ...]] = []
    for row in range(len(rows)):
        named = [c for c in order[row].tolist() if outside[row, c] > 0 and rank[row, c] > 0]
        if named:
            reasons.append(
                tuple(
                    f"{_said(names[c], float(values[row, c]), unit_of[c])} ({texts[c]})"
                    for c in named
                )
            )
        elif contributions:
            listed = ", ".join(names[c] for c in together[row].tolist() if rank[row, c] > 0)
            reasons.append((f"unusual together: {listed}",) if listed else ())
        else:
            reasons.append(())
    return reasons


def _outside(values: NDArray[np.float64], normal: NDArray[Any]) -> NDArray[np.float64]:
    """How far each value lies outside its normal range, in widths of the range, on a log scale;
    0 inside, and for NaN."""
    low, high = normal[:, 0], normal[:, 1]
    with np.errstate(invalid="ignore", over="ignore"):
        width = high - low
        width = np.where(width > 0, width, np.maximum(np.abs(high), 1.0))
        excess = np.maximum(np.maximum(low - values, values - high), 0.0)
        outside: NDArray[np.float64] = np.log1p(excess / width)
    return np.nan_to_num(outside, nan=0.0, posinf=1e3)


def _said(name: str, value: float, unit: str) -> str:
    """A column and its value; context in its words. What fades is told in whole flows."""
    if name not in CONTEXT:
        return f"{name} {value_text(value, unit)}"
    if unit == "count":
        value = round(value)
    return CONTEXT[name].words.replace("{value}", value_text(value, unit))


def _units(names: list[str]) -> list[str]:
    known = {name: column.unit for table in (COLUMNS, CONTEXT) for name, column in table.items()}
    return [known.get(name, "none") for name in names]


def _range_text(low: float, high: float, unit: str) -> str:
    first, last = value_text(low, unit), value_text(high, unit)
    if first == last:
        return first
    # `0.1-64 /s`, not `0.1 /s-64 /s`; different steps of time both stay.
    number, _, word = first.partition(" ")
    if word and last.endswith(" " + word):
        first = number
    return f"{first}{' to ' if low < 0 else '-'}{last}"


def _number(value: float) -> str:
    if value == 0:
        return "0"
    if abs(value) >= 1e15:
        return f"{value:.2e}"
    if abs(value) >= 999.5:
        return f"{value:,.0f}"
    return f"{value:.3g}"
