"""How well scores tell attacks from benign flows.

The unit of weight is the capture, then its source: every figure is a mean over sources of the
mean over that source's captures, with a 95% bootstrap interval (sources redrawn, then their
captures). In thresholds and as negatives a capture never weighs more than twenty flows of a
class. Thresholds come from the clean captures of *other* sources than the one measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.families import ATTACKS, BENIGN
from netad_pcap.training.labelled import MOST_WEIGHT

__all__ = [
    "DRAWS",
    "FALSE_ALARMS",
    "LARGE",
    "LOUD",
    "Figure",
    "Measured",
    "ScoredCapture",
    "as_json",
    "measure",
    "summarize",
    "weighted_auc",
    "weighted_threshold",
]

#: Bootstrap draws.
DRAWS = 1_000
#: The nominal false-alarm rate at which recall is stated.
FALSE_ALARMS = 0.01
#: Share of the other sources' clean captures that may reach the quiet threshold.
LOUD = 0.1
#: Captures with so many attack flows are reported apart as well: many others hold one flow,
#: which no flow feature can tell from an ordinary one.
LARGE = 20


@dataclass(frozen=True, eq=False)
class ScoredCapture:
    """What one method says of one capture that it was not fitted to.

    Attributes:
        name: of the capture.
        source: repository or network.
        families: object [n], true family of each flow.
        score: float64 [n], higher = more suspicious.
        flagged: bool [n], flows whose verdict is not benign or that have a finding; None where
            the method gives no verdicts.
        finding: bool [n], flows that have a finding; None where none were made.
        hosts: by attack family, figures about the order of hosts (`host_order`).
    """

    name: str
    source: str
    families: NDArray[Any]
    score: NDArray[np.float64]
    flagged: NDArray[np.bool_] | None = None
    finding: NDArray[np.bool_] | None = None
    hosts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Whether every flow is benign: benign flows beside an attack may belong to it."""
        return bool((self.families == BENIGN).all())


@dataclass(frozen=True)
class Measured:
    """Figures of one capture in one class.

    Attributes:
        name, source: of the capture.
        family: `benign` for a clean capture, else the attack.
        flows: of that family.
        values: figure → value. Attacks: `auc`, `recall`, `hit` (any attack flow above the
            threshold), `quiet_hit` (above the quiet threshold), `flagged` (share of flows),
            `found` (a finding holds an attack flow), `first`, `first_three`, `first_by_flows`,
            `first_three_by_flows` (an attacker is, in the order of hosts). Clean captures:
            `false_alarms` (share above the threshold), `silent` (none above the quiet
            threshold), `flagged`, `quiet` (no finding).
    """

    name: str
    source: str
    family: str
    flows: int
    values: Mapping[str, float]


@dataclass(frozen=True)
class Figure:
    """A mean over sources with its 95% interval.

    Attributes:
        mean: over sources of the mean over captures.
        low, high: of the interval; with one source it covers the draw of its captures alone.
        sources, captures: how many it rests on.
    """

    mean: float
    low: float
    high: float
    sources: int
    captures: int


def measure(
    held_out: Sequence[ScoredCapture],
    reference: Sequence[ScoredCapture] = (),
    false_alarms: float = FALSE_ALARMS,
) -> list[Measured]:
    """Figures of each held-out capture, of one method.

    Args:
        held_out: the captures to measure.
        reference: further captures that the method was not fitted to, of other sources: their
            clean ones help to set thresholds.
        false_alarms: nominal rate of the threshold.
    """
    clean = [capture for capture in (*reference, *held_out) if capture.clean and len(capture.score)]
    measured: list[Measured] = []
    limits: dict[str, _Limits | None] = {}
    for capture in held_out:
        if capture.source not in limits:
            others = [other for other in clean if other.source != capture.source]
            limits[capture.source] = _Limits.of(others, false_alarms) if others else None
        measured.extend(_measured(capture, limits[capture.source]))
    return measured


@dataclass(frozen=True, eq=False)
class _Limits:
    """What a source is held against: clean captures of other sources."""

    score: NDArray[np.float64]
    weight: NDArray[np.float64]
    threshold: float
    quiet: float

    @classmethod
    def of(cls, others: Sequence[ScoredCapture], false_alarms: float) -> _Limits:
        score = np.concatenate([capture.score for capture in others])
        weight = np.concatenate([_weights(len(capture.score)) for capture in others])
        largest = np.array([float(capture.score.max()) for capture in others])
        return cls(
            score,
            weight,
            weighted_threshold(score, weight, false_alarms),
            weighted_threshold(largest, np.ones(len(others)), LOUD),
        )


def _measured(capture: ScoredCapture, limits: _Limits | None) -> Iterable[Measured]:
    """Each class of a capture; without clean captures of other sources only what is flagged."""
    for family in (BENIGN, *ATTACKS):
        rows = capture.families == family
        count = int(rows.sum())
        if not count or (family == BENIGN and not capture.clean):
            continue
        mine = capture.score[rows]
        values: dict[str, float] = {}
        if limits is not None:
            above, loud = mine > limits.threshold, mine > limits.quiet
            if family == BENIGN:
                values = {"false_alarms": float(above.mean()), "silent": float(not loud.any())}
            else:
                values = {
                    "auc": weighted_auc(mine, limits.score, limits.weight),
                    "recall": float(above.mean()),
                    "hit": float(above.any()),
                    "quiet_hit": float(loud.any()),
                }
        if capture.flagged is not None:
            values["flagged"] = float(capture.flagged[rows].mean())
        if capture.finding is not None:
            found = float(capture.finding[rows].any())
            values |= {"quiet": 1.0 - found} if family == BENIGN else {"found": found}
        values |= capture.hosts.get(family, {})
        yield Measured(capture.name, capture.source, family, count, values)


def summarize(measured: Sequence[Measured], seed: int) -> dict[str, dict[str, Figure]]:
    """Figures by family; `attacks` is all attack captures together, `benign` the clean ones.

    The figures of captures with at least twenty attack flows stand beside the others under
    names that begin with `large_`.

    Args:
        measured: of captures that their methods were not fitted to; of several foldings too.
        seed: of the bootstrap.
    """
    result: dict[str, dict[str, Figure]] = {}
    for family in (BENIGN, *ATTACKS, "attacks"):
        mine = [
            m
            for m in measured
            if m.family == family or (family == "attacks" and m.family != BENIGN)
        ]
        figures = _figures(mine, seed)
        if family != BENIGN:
            large = _figures([m for m in mine if m.flows >= LARGE], seed)
            figures |= {f"large_{name}": figure for name, figure in large.items()}
        if figures:
            result[family] = figures
    return result


def weighted_auc(
    attack: NDArray[np.float64], benign: NDArray[np.float64], weight: NDArray[np.float64]
) -> float:
    """ROC-AUC of attack scores against weighted benign scores; ties count one half.

    NaN without any of either.
    """
    if not len(attack) or not len(benign):
        return float("nan")
    order = np.argsort(benign, kind="stable")
    ordered, total = benign[order], np.concatenate([[0.0], np.cumsum(weight[order])])
    below = total[np.searchsorted(ordered, attack, side="left")]
    up_to = total[np.searchsorted(ordered, attack, side="right")]
    return float(((below + up_to) / 2).mean() / total[-1])


def weighted_threshold(
    score: NDArray[np.float64], weight: NDArray[np.float64], false_alarms: float
) -> float:
    """The smallest score that at most this weighted share of benign flows exceeds."""
    order = np.argsort(score, kind="stable")
    ordered = score[order]
    # Weight above each score, ties counted as not above.
    total = np.concatenate([[0.0], np.cumsum(weight[order])])
    above = total[-1] - total[np.searchsorted(ordered, ordered, side="right")]
    # A hair: sums of weights round.
    place = int(np.argmax(above <= false_alarms * total[-1] * (1 + 1e-12)))
    return float(ordered[place])


def _weights(n: int) -> NDArray[np.float64]:
    return np.full(n, min(1.0, MOST_WEIGHT / n))


def _figures(measured: Sequence[Measured], seed: int) -> dict[str, Figure]:
    names = sorted({name for m in measured for name in m.values})
    return {name: _figure(measured, name, seed) for name in names}


def _figure(measured: Sequence[Measured], name: str, seed: int) -> Figure:
    # A capture with attacks of several families is one capture where these are taken together.
    by_source: dict[str, dict[str, list[float]]] = {}
    for m in measured:
        if name in m.values:
            captures = by_source.setdefault(m.source, {})
            captures.setdefault(m.name, []).append(m.values[name])
    groups = [
        np.array([np.mean(values) for values in by_source[source].values()])
        for source in sorted(by_source)
    ]
    generator = np.random.default_rng(seed)
    # [draw, place, source]: the mean of a source's captures, redrawn for each place.
    means = np.empty((DRAWS, len(groups), len(groups)))
    for number, group in enumerate(groups):
        redrawn = generator.integers(len(group), size=(DRAWS, len(groups), len(group)))
        means[:, :, number] = group[redrawn].mean(axis=2)
    picked = generator.integers(len(groups), size=(DRAWS, len(groups)))
    draws = np.take_along_axis(means, picked[:, :, None], axis=2)[:, :, 0].mean(axis=1)
    low, high = np.quantile(draws, [0.025, 0.975])
    mean = float(np.mean([group.mean() for group in groups]))
    return Figure(mean, float(low), float(high), len(groups), sum(map(len, groups)))


def as_json(figures: Mapping[str, Mapping[str, Figure]]) -> dict[str, Any]:
    """Figures as JSON, rounded to three places."""
    return {
        family: {
            name: {
                "mean": round(figure.mean, 3),
                "low": round(figure.low, 3),
                "high": round(figure.high, 3),
                "sources": figure.sources,
                "captures": figure.captures,
            }
            for name, figure in table.items()
        }
        for family, table in figures.items()
    }
