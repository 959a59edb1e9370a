"""How well scores tell attacks from benign flows: the definitions of `docs/evaluation.md`.

The unit of weight is the capture, then its source: every figure is a mean over sources of
the mean over that source's captures, with a 95% bootstrap interval (sources redrawn, then
captures). In pooled figures and thresholds a capture weighs at most twenty flows of a class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.families import ATTACKS, BENIGN
from netad_pcap.training.labelled import Labelled

__all__ = ["DRAWS", "FALSE_ALARMS", "Figure", "evaluate_scores", "weighted_auc"]

#: Bootstrap draws, and the false-alarm rate at which recall is stated.
DRAWS = 1_000
FALSE_ALARMS = 0.01


@dataclass(frozen=True)
class Figure:
    """A mean over sources with its 95% interval.

    Attributes:
        mean, low, high: of the figure.
        sources, captures: how many it rests on; with one source the interval covers the
            draw of its captures alone.
    """

    mean: float
    low: float
    high: float
    sources: int
    captures: int

    def to_json(self) -> dict[str, float | int]:
        """Rounded to three places."""
        return {
            "mean": round(self.mean, 3),
            "low": round(self.low, 3),
            "high": round(self.high, 3),
            "sources": self.sources,
            "captures": self.captures,
        }


def evaluate_scores(
    score: NDArray[np.float64], held_out: Labelled, threshold: float | None, seed: int
) -> dict[str, dict[str, Figure]]:
    """Figures by family on held-out sources.

    Args:
        score: float64 [n], higher = more suspicious, of the flows that are not carried.
        held_out: the flows, with truth.
        threshold: at which recall is stated; from benign flows of other sources.
        seed: of the bootstrap.

    Returns:
        Family → `auc`, and with a threshold `recall` and `captures_hit`; `benign` →
        `false_alarms` (share of flows) and `quiet` (share of captures).
    """
    assert held_out.flows.weight is not None
    weight = held_out.flows.weight[held_out.flows.carried :]
    benign = held_out.families == BENIGN
    # Benign flows of attack captures may belong to the attack: clean captures only.
    attacked = np.unique(held_out.capture[~benign])
    clean = benign & ~np.isin(held_out.capture, attacked)
    figures: dict[str, dict[str, Figure]] = {}
    for family in ATTACKS:
        rows = held_out.families == family
        if not rows.any():
            continue
        values: dict[str, dict[tuple[str, int], float]] = {"auc": {}}
        if threshold is not None:
            values |= {"recall": {}, "captures_hit": {}}
        for capture in np.unique(held_out.capture[rows]).tolist():
            mine = rows & (held_out.capture == capture)
            key = (held_out.source[mine][0], capture)
            values["auc"][key] = weighted_auc(score[mine], score[clean], weight[clean])
            if threshold is not None:
                above = score[mine] > threshold
                values["recall"][key] = float(above.mean())
                values["captures_hit"][key] = float(above.any())
        figures[family] = {name: _figure(table, seed) for name, table in values.items()}
    if threshold is not None and clean.any():
        alarms: dict[tuple[str, int], float] = {}
        quiet: dict[tuple[str, int], float] = {}
        for capture in np.unique(held_out.capture[clean]).tolist():
            mine = clean & (held_out.capture == capture)
            key = (held_out.source[mine][0], capture)
            alarms[key] = float((score[mine] > threshold).mean())
            quiet[key] = float(not (score[mine] > threshold).any())
        figures[BENIGN] = {"false_alarms": _figure(alarms, seed), "quiet": _figure(quiet, seed)}
    return figures


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
    share = np.cumsum(weight[order]) / weight.sum()
    place = int(np.searchsorted(share, 1.0 - false_alarms, side="left"))
    return float(score[order][min(place, len(score) - 1)])


def _figure(values: Mapping[tuple[str, int], float], seed: int) -> Figure:
    by_source: dict[str, list[float]] = {}
    for (source, _), value in values.items():
        by_source.setdefault(source, []).append(value)
    groups = [np.array(by_source[source]) for source in sorted(by_source)]
    generator = np.random.default_rng(seed)
    means = np.empty(DRAWS)
    for draw in range(DRAWS):
        picked = generator.integers(len(groups), size=len(groups))
        means[draw] = np.mean(
            [groups[g][generator.integers(len(groups[g]), size=len(groups[g]))].mean()
             for g in picked.tolist()]
        )  # fmt: skip
    low, high = np.quantile(means, [0.025, 0.975])
    mean = float(np.mean([group.mean() for group in groups]))
    return Figure(mean, float(low), float(high), len(groups), len(values))


def as_json(figures: Mapping[str, Mapping[str, Figure]]) -> dict[str, Any]:
    """Figures as JSON."""
    return {
        family: {name: figure.to_json() for name, figure in table.items()}
        for family, table in figures.items()
    }
