"""Why a flow was flagged, in words: column, value, unit, what is normal. Words from tables.

Fwd Pkts/s 5,210 /s (normal: 8.1 /s, 99% up to 64 /s)
9,841 flows of the source in 60 s (normal: 2, 99% up to 12)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection.baselines import Baseline
from netad_pcap.detection.quantiles import MEDIAN, MIDDLE, NORMAL
from netad_pcap.flows import FlowBatch
from netad_pcap.schema import COLUMNS, CONTEXT

__all__ = [
    "MOST",
    "column_reasons",
    "family_reason",
    "normal_text",
    "telling_columns",
    "value_text",
]

#: Columns named per flow at most.
MOST = 3

#: What a contribution counts for in the choice where the value lies within the normal range, and
#: where in the middle half of it: people see nothing in such a value. The less, the fewer of them
#: are named, and the less what is named matters to the score (decision 11 has figures).
_WITHIN, _IN_THE_MIDDLE = 1 / 3, 1 / 30

#: How the schema begins and ends what a column of another meaning than its name's holds.
_YES_OR_NO = "1 if the FIRST packet"
_PERMUTED = " (permuted column)"
#: Steps of time: from so many µs on, in which unit, and how many µs that is.
_TIMES = ((3.6e9, "h", 3.6e9), (6e7, "min", 6e7), (1e6, "s", 1e6), (1e3, "ms", 1e3))
#: Smaller values are rounding of sums: a spread of equal sizes, which no packet could show.
_NOTHING = 1e-6
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
    return _range_text(low, high, _unit(name))


def family_reason(family: str, probability: float) -> str:
    """What a named family is told as: `like scan (probability 0.93)`; never rounded up to 1."""
    return f"like {family} (probability {min(probability, 0.99):.2f})"


def column_reasons(
    flows: FlowBatch,
    rows: NDArray[np.intp],
    baseline: Baseline,
    contributions: Mapping[str, NDArray[np.float64]],
) -> list[tuple[str, ...]]:
    """The columns that drove each flow's score, in words: those of `telling_columns`.

    Columns whose value is normal stand behind the others, as what comes together with them. Where
    all are normal, the flow is unusual only in how they come together: that is said.

    Args:
        flows: the flows.
        rows: int [k], those to explain.
        baseline: what is normal.
        contributions: by column, float64 [k]; empty where the detector cannot say.

    Returns:
        One tuple per row of `rows`: column (or context in words), value, unit, and of the
        baseline's flows the median and the 99% quantile, or where a value is small the 5%.
    """
    named = telling_columns(flows, rows, baseline, contributions)
    places = {name: baseline.columns.index(name) for name in sorted(set().union(*named))}
    values = {name: flows.column(name)[rows].astype(np.float64) for name in places}
    normal = {name: _weight(values[name], baseline, place) < 1 for name, place in places.items()}
    usual = {n: _Usual.of(n, baseline, place, flows.profile) for n, place in places.items()}
    reasons: list[tuple[str, ...]] = []
    for row, names in enumerate(named):
        told: list[str] = []
        beside: list[str] = []
        for name in names:
            # Without contributions all are chosen for their values.
            group = beside if contributions and normal[name][row] else told
            group.append(usual[name].reason(float(values[name][row])))
        if told:
            told += [f"together with {reason}" for reason in beside]
        elif beside:
            told = [f"unusual together: {beside[0]}", *beside[1:]]
        reasons.append(tuple(told))
    return reasons


def telling_columns(
    flows: FlowBatch,
    rows: NDArray[np.intp],
    baseline: Baseline,
    contributions: Mapping[str, NDArray[np.float64]],
) -> list[tuple[str, ...]]:
    """Names of the columns that drove each flow's score, at most three, most telling first.

    Where the detector says how much each column contributes, those that contribute most; one
    whose value is normal must contribute three times as much as one whose value is not. Where
    the detector cannot say, those that lie farthest outside the normal range. Arguments as of
    `column_reasons`.
    """
    places = [
        place
        for place, name in enumerate(baseline.columns)
        if flows.has(name)
        and not np.isnan(baseline.quantiles[place]).any()
        and (not contributions or name in contributions)
    ]
    if not places or not len(rows):
        return [()] * len(rows)
    rank = np.empty((len(rows), len(places)))
    for column, place in enumerate(places):
        name = baseline.columns[place]
        values = flows.column(name)[rows]
        rank[:, column] = (
            contributions[name] * _weight(values, baseline, place)
            if contributions
            else _outside(values, baseline, place)
        )
    return [
        tuple(baseline.columns[places[c]] for c in columns if rank[row, c] > 0)
        for row, columns in enumerate(_largest(rank, MOST).tolist())
    ]


def _largest(rank: NDArray[np.float64], most: int) -> NDArray[np.intp]:
    """Places of the largest of each row, largest first, of ties the first; int [k, most]."""
    left = rank.copy()
    every = np.arange(len(rank))
    places = np.empty((len(rank), min(most, rank.shape[1])), np.intp)
    for number in range(places.shape[1]):
        places[:, number] = left.argmax(axis=1)
        left[every, places[:, number]] = -np.inf
    return places


@dataclass(frozen=True)
class _Usual:
    """What is usual of a column, in words, made once for all flows that it is said of."""

    name: str
    unit: str
    least: float
    upwards: str
    downwards: str
    barely: str
    said: dict[tuple[float, bool], str] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, baseline: Baseline, place: int, profile: str | None) -> _Usual:
        quantiles, unit = baseline.quantiles[place], _unit(name)
        low, high = quantiles[list(NORMAL)].tolist()
        up_to = ("95% up to", high)
        if baseline.highest is not None:
            up_to = ("99% up to", float(baseline.highest[place]))
        median, meaning = float(quantiles[MEDIAN]), _true_meaning(name, profile)

        def normal(words: str, bound: float, told: Callable[[float], str]) -> str:
            usual, last = told(median), told(bound)
            return f" ({meaning}normal: {usual}{'' if last == usual else f', {words} {last}'})"

        def whole(value: float) -> str:
            return _value_of(name, value, unit)

        def fraction(value: float) -> str:
            return value_text(value, unit)

        return cls(
            name, unit, low, normal(*up_to, whole),
            normal("95% from", low, whole), normal("95% from", low, fraction),
        )  # fmt: skip

    def reason(self, value: float) -> str:
        """`Fwd Pkts/s 5,210 /s (normal: 8.1 /s, 99% up to 64 /s)`."""
        below = value < self.least
        count = _is_count(self.name, self.unit) and math.isfinite(value)
        # Of counts that faded to the same number, one below the other: 0.1 and not "0, from 0".
        barely = count and below and round(value) == round(self.least)
        if barely:
            value = float(f"{value:.2g}")
        elif count:
            value = float(round(value))  # flows of a flood are alike
        elif abs(value) < _NOTHING:
            value = 0.0
        key = (value, below)
        if key not in self.said:
            text = value_text(value, self.unit)
            told = f"{self.name} {text}"
            if self.name in CONTEXT:
                told = CONTEXT[self.name].told(text)
            usual = self.downwards if below else self.upwards
            self.said[key] = told + (self.barely if barely else usual)
        return self.said[key]


def _true_meaning(name: str, profile: str | None) -> str:
    """What stands in a column whose name promises a count and which holds a yes or no, of another
    flag even (cicflowmeter.md 6)."""
    measures = COLUMNS[name].measures.get(profile or "", "") if name in COLUMNS else ""
    if not measures.startswith(_YES_OR_NO):
        return ""
    return measures.removesuffix(_PERMUTED) + "; "


def _outside(values: NDArray[Any], baseline: Baseline, place: int) -> NDArray[np.float64]:
    """How far each value lies outside its normal range, in widths of the range, on a log scale;
    0 inside, and for NaN."""
    low, high = baseline.quantiles[place][list(NORMAL)].tolist()
    width = high - low if high > low else max(abs(high), 1.0)
    with np.errstate(invalid="ignore", over="ignore"):
        excess = np.maximum(np.maximum(low - values, values - high), 0.0)
        outside: NDArray[np.float64] = np.log1p(excess / width)
    return np.nan_to_num(outside, nan=0.0, posinf=1e3)


def _weight(values: NDArray[Any], baseline: Baseline, place: int) -> NDArray[np.float64]:
    """What a contribution counts for in the choice: 1 where the value lies outside the range that
    its reason states, less within. What is no number lies within."""
    quantiles = baseline.quantiles[place]
    low, high = quantiles[list(NORMAL)].tolist()
    if baseline.highest is not None:
        high = float(baseline.highest[place])
    first, last = quantiles[list(MIDDLE)].tolist()
    weight = np.where((values < low) | (values > high), 1.0, _WITHIN)
    weight[(values >= first) & (values <= last)] = _IN_THE_MIDDLE
    return weight


def _value_of(name: str, value: float, unit: str) -> str:
    """A value with its unit; what fades is told in whole flows."""
    whole = _is_count(name, unit) and math.isfinite(value)
    return value_text(round(value) if whole else value, unit)


def _is_count(name: str, unit: str) -> bool:
    return unit == "count" and name in CONTEXT


def _unit(name: str) -> str:
    if name in COLUMNS:
        return COLUMNS[name].unit
    return CONTEXT[name].unit if name in CONTEXT else "none"


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
