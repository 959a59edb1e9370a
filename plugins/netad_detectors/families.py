"""What detectors that name families share: classes from names, and scores from logits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection import Scores
from netad_pcap.families import BENIGN
from netad_pcap.flows import FlowBatch

__all__ = ["balanced", "known_from", "scores_of", "scores_of_shares", "truth_of"]

#: A share below this is as surprising as this: a forest of 100 trees often says 0.
_LEAST_SHARE = 1e-9


def truth_of(
    flows: FlowBatch, names: NDArray[Any] | None, families: Sequence[str], detector: str
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The class and the weight of each flow that is not carried.

    Args:
        flows: to learn from.
        names: family of each, object [n]; None: all benign.
        families: what the detector can name.
        detector: its name, for messages.

    Raises:
        ValueError: no flow, a family that it cannot name, or only one class.
    """
    n = len(flows) - flows.carried
    if n < 1:
        raise ValueError(f"the {detector} needs flows to learn from")
    names = np.full(n, BENIGN, object) if names is None else names
    place = {family: i for i, family in enumerate(families)}
    strange = sorted(set(names) - set(place))
    if strange:
        raise ValueError(f"the {detector} knows no family {strange[0]!r}")
    if BENIGN not in names:
        raise ValueError(f"the {detector} needs benign flows to tell the families from")
    if (names == BENIGN).all():
        # Of one class every probability is 1, and every flow as novel as any.
        raise ValueError(f"the {detector} tells families apart, and all flows are benign")
    truth = np.array([place[name] for name in names], np.int64)
    weight = np.ones(n) if flows.weight is None else flows.weight[flows.carried :]
    return truth, weight


def balanced(
    truth: NDArray[np.int64], weight: NDArray[np.float64], power: float = 0.5
) -> NDArray[np.float64]:
    """Weights in which each class weighs its share to the power 1 − `power`, mean 1."""
    totals = np.bincount(truth, weights=weight)
    totals = totals / totals.sum()
    totals = np.maximum(totals, 1e-12)
    shares = weight / (np.sqrt(totals) if power == 0.5 else totals**power)[truth]
    result: NDArray[np.float64] = shares / shares.mean()
    return result


def known_from(arrays: Mapping[str, NDArray[Any]], families: Sequence[str]) -> NDArray[np.bool_]:
    """Which families a saved detector learned: its array `known`.

    Raises:
        ValueError: the array is missing, of a wrong shape, or without benign.
    """
    known = arrays.get("known")
    if known is None or known.shape != (len(families),):
        raise ValueError("array 'known' must tell of each family whether it was learned")
    result = known.astype(np.bool_)
    if not result[list(families).index(BENIGN)]:
        raise ValueError("array 'known' says that benign flows were never learned")
    return result


def scores_of(
    logits: NDArray[np.float64], known: NDArray[np.bool_], families: Sequence[str]
) -> Scores:
    """Novelty −log P(benign), and probabilities.

    Args:
        logits: [n, known families], finite; a constant per row may be added to them.
        known: [families], which were learned.
        families: names of all.
    """
    logs = logits - logits.max(axis=1, keepdims=True)
    logs -= np.log(np.exp(logs).sum(axis=1, keepdims=True))
    probabilities = np.zeros((len(logs), len(families)))
    probabilities[:, known] = np.exp(logs)
    place = int(known[: list(families).index(BENIGN)].sum())
    return Scores(novelty=-logs[:, place], families=tuple(families), probabilities=probabilities)


def scores_of_shares(
    shares: NDArray[np.float64], known: NDArray[np.bool_], families: Sequence[str]
) -> Scores:
    """Novelty −log P(benign), and probabilities.

    Args:
        shares: [n, known families], rows sum to 1.
        known: [families], which were learned.
        families: names of all.
    """
    probabilities = np.zeros((len(shares), len(families)))
    probabilities[:, known] = shares
    benign = probabilities[:, list(families).index(BENIGN)]
    return Scores(
        novelty=-np.log(np.maximum(benign, _LEAST_SHARE)) + 0.0,
        families=tuple(families),
        probabilities=probabilities,
    )
