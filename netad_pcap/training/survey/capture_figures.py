"""Figures of captures in the survey: means over sources, with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from netad_pcap.families import ATTACKS, BENIGN
from netad_pcap.training.evaluation import Figure, Measured, summarize

__all__ = ["ATTACK_FIGURES", "CLEAN_FIGURES", "capture_figures"]

#: Of all attacks together, each with an interval.
ATTACK_FIGURES = (
    "auc", "pr_auc", "recall_0.1", "recall", "recall_5", "hit", "quiet_hit",
    "large_auc", "large_recall_0.1", "large_recall", "large_recall_5",
)  # fmt: skip
#: Of clean captures.
CLEAN_FIGURES = ("false_alarms_0.1", "false_alarms", "false_alarms_5", "silent")
_BY_FAMILY = ("auc", "recall", "large_recall")
_DIGITS = 4


def capture_figures(measured: Sequence[Measured], seed: int) -> dict[str, Any]:
    """Figure → mean with interval; `families`: family → figure → mean; and means over families.

    Args:
        measured: of captures that the method was not fitted to.
        seed: of the bootstrap.
    """
    told = summarize(measured, seed)
    found: dict[str, Any] = {}
    for family, names in (("attacks", ATTACK_FIGURES), (BENIGN, CLEAN_FIGURES)):
        mine = told.get(family, {})
        found |= {name: _interval(mine[name]) for name in names if name in mine}
    by_family = {
        family: {name: told[family][name] for name in _BY_FAMILY if name in told[family]}
        for family in ATTACKS
        if family in told
    }
    found["families"] = {
        family: {
            **{name: round(figure.mean, _DIGITS) for name, figure in mine.items()},
            "sources": next(iter(mine.values())).sources,
        }
        for family, mine in by_family.items()
        if mine
    }
    for name in ("recall", "large_recall"):
        means = [mine[name].mean for mine in by_family.values() if name in mine]
        if means:
            found[f"{name}_families"] = round(float(np.mean(means)), _DIGITS)
    return found


def _interval(figure: Figure) -> Mapping[str, float]:
    return {name: round(getattr(figure, name), _DIGITS) for name in ("mean", "low", "high")}
