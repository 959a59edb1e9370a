"""Figures of one method on one set of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection import RULES, Scores, fit_threshold
from netad_pcap.errors import ModelError
from netad_pcap.families import BENIGN
from netad_pcap.training.curves import weighted_auc
from netad_pcap.training.reproduction.experiment import Part

__all__ = ["FALSE_ALARMS", "binary", "class_figures", "score_figures", "threshold_figures"]

#: Recall is told where so many of the tested benign rows are flagged.
FALSE_ALARMS = (0.01, 0.05)


def class_figures(
    part: Part,
    scores: Scores,
    classes: Sequence[str],
    cost: Mapping[str, Mapping[str, float]],
) -> dict[str, Any]:
    """Of the class that each row is called, the most probable one; means over classes are of
    those that the test holds.

    Returns:
        `accuracy`, `macro_precision`, `macro_recall`, `macro_f1`, `weighted_f1`, `recall` by
        family; with a cost matrix `cost` and `least_cost` (each row called what costs least by
        its probabilities), both means per row.
    """
    assert scores.probabilities is not None
    names = np.array(scores.families, object)
    called = names[scores.probabilities.argmax(axis=1)]
    truth = part.families
    there = [family for family in classes if (truth == family).any()]
    recall, precision, f1, share = {}, [], [], []
    for family in there:
        right = float(((called == family) & (truth == family)).sum())
        said, are = float((called == family).sum()), float((truth == family).sum())
        recall[family] = right / are
        precision.append(right / said if said else 0.0)
        f1.append(2 * right / (said + are))
        share.append(are / len(truth))
    figures: dict[str, Any] = {
        "accuracy": float((called == truth).mean()),
        "macro_precision": float(np.mean(precision)),
        "macro_recall": float(np.mean(list(recall.values()))),
        "macro_f1": float(np.mean(f1)),
        "weighted_f1": float(np.dot(f1, share) / np.sum(share)),
        "recall": recall,
    }
    if cost:
        figures["cost"] = _cost(truth, called, cost)
        # Families that the matrix does not know cannot be called.
        known = [name for name in scores.families if name in cost]
        places = [scores.families.index(name) for name in known]
        table = np.array([[cost[true][said] for said in known] for true in known])
        expected = scores.probabilities[:, places] @ table
        cheapest = np.array(known, object)[expected.argmin(axis=1)]
        figures["least_cost"] = _cost(truth, cheapest, cost)
    return figures


def binary(flagged: NDArray[np.bool_], part: Part, seen: frozenset[str]) -> dict[str, float]:
    """Attack or benign, told by a flag a row.

    Args:
        flagged: bool [n].
        part: the rows.
        seen: labels that were learned from: recall is told of them and of new ones apart.
    """
    attack = part.families != BENIGN
    right = float((flagged & attack).sum())
    said = float(flagged.sum())
    figures = {
        "accuracy": float((flagged == attack).mean()),
        "precision": right / said if said else 0.0,
        "recall": right / max(float(attack.sum()), 1.0),
        "false_alarms": float(flagged[~attack].mean()),
    }
    old = np.isin(part.labels.astype(str), sorted(seen))
    for name, rows in (("recall_seen", attack & old), ("recall_new", attack & ~old)):
        if rows.any():
            figures[name] = float(flagged[rows].mean())
    return figures


def score_figures(score: NDArray[np.float64], part: Part, seen: frozenset[str]) -> dict[str, Any]:
    """What holds of the scores alone: `auc`, and at each of `FALSE_ALARMS` of the tested benign
    rows `recall_at`, by family and of new attacks too."""
    attack = part.families != BENIGN
    benign = score[~attack]
    old = np.isin(part.labels.astype(str), sorted(seen))
    figures: dict[str, Any] = {
        "auc": weighted_auc(score[attack], benign, np.ones(len(benign))),
        "recall_at": {},
        "new_at": {},
    }
    for share in FALSE_ALARMS:
        threshold = np.sort(benign)[::-1][int(share * len(benign))]
        above = score > threshold
        figures["recall_at"][f"{share:g}"] = float(above[attack].mean())
        if (attack & ~old).any():
            figures["new_at"][f"{share:g}"] = float(above[attack & ~old].mean())
        if share == FALSE_ALARMS[0]:
            figures["by_family"] = {
                family: float(above[part.families == family].mean())
                for family in sorted(set(part.families) - {BENIGN})
            }
    return figures


def threshold_figures(
    benign: NDArray[np.float64],
    attacks: NDArray[np.float64],
    tests: Mapping[str, tuple[NDArray[np.float64], Part]],
    seen: frozenset[str],
) -> dict[str, Any]:
    """By rule and test set what its threshold reaches; where a rule may not be used, why.

    Args:
        benign, attacks: scores of training rows that were not learned from.
        tests: scores and rows.
        seen: labels that were learned from.
    """
    result: dict[str, Any] = {}
    for rule in RULES:
        for share in FALSE_ALARMS if rule in ("quantile", "tail") else FALSE_ALARMS[:1]:
            name = f"{rule} {share:g}" if rule in ("quantile", "tail") else rule
            try:
                threshold = fit_threshold(rule, benign, attacks, false_alarms=share)
            except ModelError as error:
                result[name] = {"refused": str(error)}
                continue
            result[name] = {
                test: binary(score > threshold, part, seen) for test, (score, part) in tests.items()
            }
    return result


def _cost(
    truth: NDArray[Any], called: NDArray[Any], cost: Mapping[str, Mapping[str, float]]
) -> float:
    dearest = max(value for row in cost.values() for value in row.values())
    total = sum(
        float(((truth == true) & (called == said)).sum()) * cost[true].get(said, dearest)
        for true in cost
        for said in sorted(set(called))
    )
    return total / len(truth)
