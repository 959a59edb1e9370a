"""Figures over all captures at once, each weighed at most twenty flows of a class: areas, curves,
what was called what, alarms per hour. They stand behind the figures per capture and per source,
which no large capture can swamp.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from netad_pcap.families import ATTACKS, BENIGN, FAMILIES
from netad_pcap.training.curves import (
    average_precision,
    precision_recall_curve,
    roc_curve,
    weighted_auc,
)
from netad_pcap.training.evaluation import ScoredCapture, weights

__all__ = ["alarms_per_hour", "confusion", "pooled_figures"]


def pooled_figures(captures: Sequence[ScoredCapture]) -> dict[str, Any]:
    """By attack family and `attacks`: areas and curves against all benign flows of clean captures.

    `pr_chance` is what scores without meaning reach: the attacks' share of the weight.
    """
    clean = [capture for capture in captures if capture.clean and len(capture.score)]
    if not clean:
        return {}
    benign = np.concatenate([capture.score for capture in clean])
    benign_weight = np.concatenate([weights(len(capture.score)) for capture in clean])
    result: dict[str, Any] = {}
    by_family = {family: _attack(captures, [family]) for family in ATTACKS}
    for family, (mine, weight) in {**by_family, "attacks": _attack(captures, ATTACKS)}.items():
        if not len(mine):
            continue
        score = np.concatenate([mine, benign])
        attack = np.arange(len(score)) < len(mine)
        heavy = np.concatenate([weight, benign_weight])
        result[family] = {
            "roc_auc": _round(weighted_auc(mine, benign, benign_weight, weight)),
            "pr_auc": _round(average_precision(score, attack, heavy)),
            "pr_chance": _round(float(weight.sum() / heavy.sum())),
            "roc": roc_curve(score, attack, heavy),
            "precision_recall": precision_recall_curve(score, attack, heavy),
        }
    return result


def confusion(captures: Sequence[ScoredCapture]) -> dict[str, dict[str, float]]:
    """True family → what a report calls the flows → weight of flows."""
    table: dict[str, dict[str, float]] = {}
    for capture in captures:
        if capture.label is None:
            continue
        for family in (BENIGN, *ATTACKS):
            rows = capture.families == family
            if not rows.any():
                continue
            mine = table.setdefault(family, {})
            weight = float(weights(int(rows.sum()))[0])
            labels, counts = np.unique(capture.label[rows].astype(str), return_counts=True)
            for label, count in zip(labels.tolist(), counts.tolist(), strict=True):
                mine[label] = mine.get(label, 0.0) + weight * count
    order = {family: place for place, family in enumerate(FAMILIES)}
    return {
        family: {
            label: round(mine[label], 2) for label in sorted(mine, key=lambda name: order[name])
        }
        for family, mine in sorted(table.items(), key=lambda item: order[item[0]])
    }


def alarms_per_hour(captures: Sequence[ScoredCapture]) -> dict[str, float]:
    """Flagged flows per hour of clean captures, all their hours together; empty without times."""
    timed = [c for c in captures if c.clean and c.hours and c.flagged is not None]
    hours = math.fsum(c.hours for c in timed if c.hours)
    if not hours:
        return {}
    told = {
        "hours": round(hours, 4),
        "flagged_flows": round(sum(int(c.flagged.sum()) for c in timed if c.flagged is not None)
                               / hours, 3),
    }  # fmt: skip
    found = [c for c in timed if c.finding is not None]
    if found:
        with_finding = sum(bool(c.finding.any()) for c in found if c.finding is not None)
        told["captures_with_a_finding"] = round(with_finding / hours, 3)
    return told


def _attack(captures: Sequence[ScoredCapture], families: Sequence[str]) -> tuple[Any, Any]:
    """Scores and weights of the attack flows of these families."""
    scores, heavy = [np.empty(0)], [np.empty(0)]
    for capture in captures:
        for family in families:
            mine = capture.score[capture.families == family]
            scores.append(mine)
            heavy.append(weights(len(mine)))
    return np.concatenate(scores), np.concatenate(heavy)


def _round(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)
