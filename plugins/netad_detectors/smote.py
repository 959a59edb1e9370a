"""Synthetic sequences of rare classes, between near ones of the same class.

Chawla, Bowyer, Hall and Kegelmeyer, SMOTE: Synthetic Minority Over-sampling Technique,
JAIR 16 (2002), as Lin, Ye and Xu use it for the rare attacks of CSE-CIC-IDS2018.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["NEIGHBOURS", "oversample"]

#: k of the paper.
NEIGHBOURS = 5


def oversample(
    sequences: NDArray[np.float32],
    truth: NDArray[np.int64],
    weight: NDArray[np.float64],
    rows: int,
    generator: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float64]]:
    """Adds sequences to each class with 2 to `rows` − 1 of them, until it has `rows`.

    A class keeps its total weight: new sequences share that of the one they came from.

    Args:
        sequences: float32 [n, L, width].
        truth: int64 [n], class of each.
        weight: float64 [n].
        rows: what a rare class is filled up to.
        generator: where neighbours and places between them are drawn from.
    """
    from sklearn.neighbors import NearestNeighbors

    all_sequences, all_truth, all_weight = [sequences], [truth], [weight.astype(np.float64)]
    for label in np.unique(truth):
        members = np.flatnonzero(truth == label)
        if not 2 <= len(members) < rows:
            continue
        flat = sequences[members].reshape(len(members), -1)
        k = min(NEIGHBOURS, len(members) - 1)
        near: NDArray[Any] = (
            NearestNeighbors(n_neighbors=k).fit(flat).kneighbors(return_distance=False)
        )
        parent = generator.integers(len(members), size=rows - len(members))
        other = near[parent, generator.integers(near.shape[1], size=len(parent))]
        between = generator.random((len(parent), 1)).astype(np.float32)
        made = flat[parent] + between * (flat[other] - flat[parent])
        children = np.bincount(parent, minlength=len(members)) + 1
        all_weight[0][members] = weight[members] / children
        all_sequences.append(made.reshape(-1, *sequences.shape[1:]))
        all_truth.append(np.full(len(parent), label, np.int64))
        all_weight.append((weight[members] / children)[parent])
    return np.concatenate(all_sequences), np.concatenate(all_truth), np.concatenate(all_weight)
