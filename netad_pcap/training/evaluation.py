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
from netad_pcap.training.curves import average_precision, weighted_auc, weighted_threshold
from netad_pcap.training.cuts import Cuts, Flagger, Weighted
from netad_pcap.training.labelled import MOST_WEIGHT

__all__ = [
    "DRAWS",
    "FALSE_ALARMS",
    "LARGE",
    "LOUD",
    "OTHER_FALSE_ALARMS",
    "Figure",
    "Measured",
    "ScoredCapture",
    "as_json",
    "means_by_source",
    "measure",
    "summarize",
    "weights",
]

#: Bootstrap draws.
DRAWS = 1_000
#: The nominal false-alarm rate at which recall is stated first, …
FALSE_ALARMS = 0.01
#: … and others, with the ends of their figures' names.
OTHER_FALSE_ALARMS: Mapping[str, float] = {"_0.1": 0.001, "_5": 0.05}
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
        score: float64 [n], higher = more suspicious; where findings were made, as reports print it.
        flagged: bool [n], flows whose verdict is not benign or that have a finding; None where
            the method gives no verdicts.
        finding: bool [n], flows that have a finding; None where none were made.
        told: by attack family, further figures of the capture: the order of hosts
            (`host_order`), times to detection.
        label: object [n], what a report calls each flow; None where there is no report.
        group: what it is not to be measured by (`grouping`); "": its source.
        start_us, hours: when it begins, and how long it lasts; None where flows have no times.
    """

    name: str
    source: str
    families: NDArray[Any]
    score: NDArray[np.float64]
    flagged: NDArray[np.bool_] | None = None
    finding: NDArray[np.bool_] | None = None
    told: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    label: NDArray[Any] | None = None
    group: str = ""
    start_us: int | None = None
    hours: float | None = None

    def __post_init__(self) -> None:
        if not self.group:
            object.__setattr__(self, "group", self.source)

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
        values: figure → value. Attacks: `auc`, `pr_auc`, `recall`, `hit` (any attack flow above
            the threshold), `quiet_hit` (above the quiet threshold), `flagged` (share of flows),
            `found` (a finding holds an attack flow), `first`, `first_three`, `first_by_flows`,
            `first_three_by_flows` (an attacker is, in the order of hosts), `seconds_to_flag`,
            `seconds_to_finding` (where there is one). Clean captures: `false_alarms` (share above
            the threshold), `silent` (none above the quiet threshold), `flagged`, `quiet` (no
            finding). At other rates `recall_0.1`, `hit_5`, `false_alarms_5`, …; by rules that
            the user chose `recall_youden`, ….
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
    *,
    in_time: bool = False,
    cuts: Cuts | None = None,
) -> list[Measured]:
    """Figures of each held-out capture, of one method.

    Args:
        held_out: the captures to measure.
        reference: further captures that the method was not fitted to, of other groups: their
            clean ones help to set thresholds.
        in_time: only what is of an earlier group (groups sort as their times do) sets them.
        cuts: further thresholds by rules; attacks of the captures that set them count there, too.
    """
    cuts = Cuts(()) if cuts is None else cuts
    measured: list[Measured] = []
    limits: dict[str, tuple[_Limits | None, Mapping[str, Flagger]]] = {}
    for capture in held_out:
        if capture.group not in limits:
            others = [
                other
                for other in (*reference, *held_out)
                if len(other.score)
                and (other.group < capture.group if in_time else other.group != capture.group)
            ]
            clean = [other for other in others if other.clean]
            found = _Limits.of(clean) if clean else None
            usual = None if found is None else Weighted(found.score, found.weight)
            limits[capture.group] = found, cuts.fit(capture.group, usual, _attacks_of(others))
        measured.extend(_measured(capture, *limits[capture.group]))
    return measured


@dataclass(frozen=True, eq=False)
class _Limits:
    """What a group is held against: clean captures of other groups."""

    score: NDArray[np.float64]
    weight: NDArray[np.float64]
    thresholds: Mapping[str, float]
    quiet: float

    @classmethod
    def of(cls, others: Sequence[ScoredCapture]) -> _Limits:
        score = np.concatenate([capture.score for capture in others])
        weight = np.concatenate([weights(len(capture.score)) for capture in others])
        largest = np.array([float(capture.score.max()) for capture in others])
        return cls(
            score,
            weight,
            {
                end: weighted_threshold(score, weight, rate)
                for end, rate in {"": FALSE_ALARMS, **OTHER_FALSE_ALARMS}.items()
            },
            weighted_threshold(largest, np.ones(len(others)), LOUD),
        )


def _attacks_of(captures: Sequence[ScoredCapture]) -> Weighted:
    """Their attack flows, each family of a capture weighed at most twenty."""
    mine = [capture.score[capture.families == family] for capture in captures for family in ATTACKS]
    return Weighted(
        np.concatenate([np.empty(0), *mine]),
        np.concatenate([np.empty(0), *(weights(len(scores)) for scores in mine)]),
    )


def _measured(
    capture: ScoredCapture, limits: _Limits | None, flaggers: Mapping[str, Flagger]
) -> Iterable[Measured]:
    """Each class of a capture; without clean captures of other sources only what is flagged."""
    by_rule = {f"_{name}": flagger(capture.score) for name, flagger in flaggers.items()}
    for family in (BENIGN, *ATTACKS):
        rows = capture.families == family
        count = int(rows.sum())
        if not count or (family == BENIGN and not capture.clean):
            continue
        mine = capture.score[rows]
        values: dict[str, float] = {}
        if limits is not None:
            above = {end: mine > least for end, least in limits.thresholds.items()}
            above |= {end: flagged[rows] for end, flagged in by_rule.items()}
            loud = mine > limits.quiet
            if family == BENIGN:
                values = {f"false_alarms{end}": float(over.mean()) for end, over in above.items()}
                values["silent"] = float(not loud.any())
            else:
                values = {
                    "auc": weighted_auc(mine, limits.score, limits.weight),
                    "pr_auc": average_precision(
                        np.concatenate([mine, limits.score]),
                        np.arange(count + len(limits.score)) < count,
                        np.concatenate([weights(count), limits.weight]),
                    ),
                    "quiet_hit": float(loud.any()),
                }
                values |= {f"recall{end}": float(over.mean()) for end, over in above.items()}
                values |= {f"hit{end}": float(over.any()) for end, over in above.items()}
        if capture.flagged is not None:
            values["flagged"] = float(capture.flagged[rows].mean())
        if capture.finding is not None:
            found = float(capture.finding[rows].any())
            values |= {"quiet": 1.0 - found} if family == BENIGN else {"found": found}
        values |= capture.told.get(family, {})
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


def weights(n: int) -> NDArray[np.float64]:
    """Of n flows of a class in one capture, so that together they weigh at most twenty."""
    return np.full(n, min(1.0, MOST_WEIGHT / max(n, 1)))


def means_by_source(measured: Sequence[Measured]) -> dict[str, dict[str, dict[str, float]]]:
    """Source → family → figure: the mean over its captures, before anything is pooled."""
    found: dict[str, dict[str, dict[str, list[float]]]] = {}
    for m in measured:
        mine = found.setdefault(m.source, {}).setdefault(m.family, {})
        for name, value in m.values.items():
            mine.setdefault(name, []).append(value)
    return {
        source: {
            family: {name: round(float(np.mean(v)), 3) for name, v in sorted(figures.items())}
            for family, figures in families.items()
        }
        for source, families in sorted(found.items())
    }


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
