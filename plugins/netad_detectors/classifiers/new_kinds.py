"""Attacks of kinds that were not learned, made of attacks that are there: clusters left out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from netad_detectors.composed import dealt

__all__ = ["clusters_of", "folds_of"]

#: Rows that clusters are found by at most, and rows of one in one fold that are tried at most.
_MOST = 4_000


def clusters_of(
    matrix: NDArray[np.float32],
    truth: NDArray[np.int64],
    benign: int,
    clusters: int,
    generator: np.random.Generator,
) -> NDArray[np.int64]:
    """The cluster of each attack row (k-means), numbered over all classes; −1: benign.

    Args:
        matrix: scaled rows, [n, width].
        truth: class of each.
        benign: number of the benign class.
        clusters: of each class at most.
        generator: of what is drawn.
    """
    from sklearn.cluster import MiniBatchKMeans

    kind, count = np.full(len(truth), -1, np.int64), 0
    for label in np.unique(truth[truth != benign]):
        rows = np.flatnonzero(truth == label)
        some = matrix[generator.permutation(rows)[:_MOST]]
        wanted = min(clusters, len(np.unique(some, axis=0)))
        seed = int(generator.integers(2**31))
        model = MiniBatchKMeans(wanted, random_state=seed, n_init=1).fit(some)
        kind[rows] = model.predict(matrix[rows]) + count
        count += clusters
    return kind


def folds_of(
    kind: NDArray[np.int64],
    truth: NDArray[np.int64],
    folds: int,
    generator: np.random.Generator,
) -> Iterator[tuple[NDArray[np.intp], list[NDArray[np.intp]]]]:
    """In each fold, rows to learn from, and sets of rows that are tried: a cluster that is new, a
    cluster of which other rows are learned, or benign rows. No row is on both sides.

    Args:
        kind: cluster of each row, −1 for benign ones.
        truth: class of each.
        folds: in each of which other clusters are left out.
        generator: of what is drawn.
    """
    row_fold = dealt(truth, folds, generator)
    kinds = generator.permutation(np.unique(kind[kind >= 0]))
    fold_of = np.full(int(kind.max()) + 2, -1)
    fold_of[kinds] = np.arange(len(kinds)) % folds
    new_in = np.where(kind >= 0, fold_of[kind], -1)
    for fold in range(folds):
        learned = np.flatnonzero((row_fold != fold) & (new_in != fold))
        if (kind[learned] < 0).all() or (kind[learned] >= 0).all():
            continue  # of benign rows alone, or of attacks alone, no class is learned
        tried = np.flatnonzero((row_fold == fold) | (new_in == fold))
        part = kind[tried] * 2 + (new_in[tried] == fold)
        yield learned, [generator.permutation(tried[part == p])[:_MOST] for p in np.unique(part)]
