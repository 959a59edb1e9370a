"""Synthetic sequences of rare classes, between near ones of the same class.

Chawla, Bowyer, Hall and Kegelmeyer, SMOTE: Synthetic Minority Over-sampling Technique,
JAIR 16 (2002), as Lin, Ye and Xu use it for the rare attacks of CSE-CIC-IDS2018. It is done to
windows that training gives and to no others, and only where what lies between two of them is a
window still: both hold flows at the same steps, so no step is half there, and symbols, which have
no middle, stay those of the one that the new window is made from (SMOTE-NC, section 6.1).
"""

from __future__ import annotations

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
    numbers: int | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float64]]:
    """Adds sequences to each class with 2 to `rows` − 1 of them, until it has `rows`.

    Neighbours have flows at the same steps; a sequence that has none makes no new ones. A class
    keeps its total weight: new sequences share that of the one they came from.

    Args:
        sequences: float32 [n, L, width]; the last cell of a step is 1 where there is a flow.
        truth: int64 [n], class of each.
        weight: float64 [n].
        rows: what a rare class is filled up to.
        generator: where neighbours and places between them are drawn from.
        numbers: cells of a step that are numbers and may be mixed, the first ones; None: all.
    """
    all_sequences, all_truth, all_weight = [sequences], [truth], [weight.astype(np.float64)]
    for label in np.unique(truth):
        members = np.flatnonzero(truth == label)
        if not 2 <= len(members) < rows:
            continue
        near = _neighbours(sequences[members])
        parents = np.flatnonzero([len(mine) > 0 for mine in near])
        if not len(parents):
            continue
        parent = parents[generator.integers(len(parents), size=rows - len(members))]
        place = generator.random(len(parent))
        other = np.array(
            [near[i][int(u * len(near[i]))] for i, u in zip(parent, place, strict=True)]
        )
        between = generator.random((len(parent), 1, 1)).astype(np.float32)
        made = sequences[members[parent]].copy()
        mixed = slice(0, numbers)
        made[:, :, mixed] += between * (sequences[members[other]][:, :, mixed] - made[:, :, mixed])
        children = np.bincount(parent, minlength=len(members)) + 1
        all_weight[0][members] = weight[members] / children
        all_sequences.append(made)
        all_truth.append(np.full(len(parent), label, np.int64))
        all_weight.append((weight[members] / children)[parent])
    return np.concatenate(all_sequences), np.concatenate(all_truth), np.concatenate(all_weight)


def _neighbours(sequences: NDArray[np.float32]) -> list[NDArray[np.intp]]:
    """For each sequence the nearest ones with flows at the same steps; itself is not among them."""
    from sklearn.neighbors import NearestNeighbors

    found = [np.empty(0, np.intp)] * len(sequences)
    _, pattern = np.unique(sequences[:, :, -1], axis=0, return_inverse=True)
    for kind in np.unique(pattern):
        mine = np.flatnonzero(pattern == kind)
        if len(mine) < 2:
            continue
        flat = sequences[mine].reshape(len(mine), -1)
        k = min(NEIGHBOURS, len(mine) - 1)
        near = NearestNeighbors(n_neighbors=k).fit(flat).kneighbors(return_distance=False)
        for row, others in zip(mine, near, strict=True):
            found[row] = mine[others]
    return found
