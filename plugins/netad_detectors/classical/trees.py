"""Decision trees as flat arrays, and the way down them.

One layout for a tree, a forest, an isolation forest and gradient boosting: all nodes of all
trees one behind the other. scikit-learn's trees are read once, after fitting; scoring needs
numpy alone and gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Trees"]

_LEAF = -1


@dataclass(frozen=True, eq=False)
class Trees:
    """Nodes of trees; a child always stands behind its parent.

    Attributes:
        roots: int64 [trees].
        feature: int32 [nodes], the cell that is looked at, −1 in a leaf.
        threshold: float64 [nodes]; cells up to it go left.
        left, right: int32 [nodes], numbers of nodes.
        value: float64 [nodes, k], what a leaf says.
    """

    roots: NDArray[np.int64]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float64]

    @classmethod
    def joined(cls, trees: Sequence[Mapping[str, NDArray[Any]]]) -> Trees:
        """From the nodes of each tree: `feature`, `threshold`, `left`, `right`, `value`.

        `left` is −1 in a leaf.
        """
        sizes = np.array([len(tree["left"]) for tree in trees])
        roots = np.cumsum(sizes) - sizes
        leaf = [tree["left"] < 0 for tree in trees]

        def all_nodes(name: str, add: bool, dtype: Any) -> NDArray[Any]:
            parts = [
                np.where(is_leaf, _LEAF, tree[name] + root * add)
                for tree, root, is_leaf in zip(trees, roots, leaf, strict=True)
            ]
            return np.concatenate(parts).astype(dtype)

        return cls(
            roots.astype(np.int64),
            all_nodes("feature", False, np.int32),
            np.concatenate([tree["threshold"] for tree in trees]).astype(np.float64),
            all_nodes("left", True, np.int32),
            all_nodes("right", True, np.int32),
            np.concatenate([tree["value"] for tree in trees]).astype(np.float64),
        )

    def said(self, matrix: NDArray[Any]) -> Iterator[NDArray[np.float64]]:
        """What each tree says of each row of `matrix` [n, cells]: [n, k], tree by tree."""
        for root in self.roots:
            yield self.value[self._leaf(matrix, int(root))]

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The nodes."""
        return {f"trees.{name}": value for name, value in vars(self).items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], cells: int, k: int) -> Trees:
        """From `to_arrays()`; they may be a stranger's.

        Raises:
            ValueError: an array is missing or of a wrong shape, or a way down has no end.
        """
        names = tuple(cls.__dataclass_fields__)
        missing = [name for name in names if f"trees.{name}" not in arrays]
        if missing:
            raise ValueError(f"array 'trees.{missing[0]}' is missing")
        trees = cls(*(arrays[f"trees.{name}"] for name in names))
        n = len(trees.feature)
        flat = (trees.feature, trees.threshold, trees.left, trees.right)
        if any(a.shape != (n,) for a in flat) or trees.value.shape != (n, k):
            raise ValueError(f"arrays of trees must be of one length, values of {k} columns")
        whole = (trees.roots, trees.feature, trees.left, trees.right)
        if any(a.dtype.kind != "i" for a in whole) or trees.roots.ndim != 1 or not n:
            raise ValueError("nodes of trees must be whole numbers")
        inner = trees.feature >= 0
        number = np.arange(n)
        for child in (trees.left, trees.right):
            if (child[inner] <= number[inner]).any() or (child[inner] >= n).any():
                raise ValueError("a node of a tree must stand behind its parent")
        if trees.feature.max() >= cells or not ((trees.roots >= 0) & (trees.roots < n)).all():
            raise ValueError("trees name cells or roots that there are not")
        if not (np.isfinite(trees.value).all() and np.isfinite(trees.threshold).all()):
            raise ValueError("trees must hold finite numbers")
        return trees

    def _leaf(self, matrix: NDArray[Any], root: int) -> NDArray[np.int64]:
        node = np.full(len(matrix), root, np.int64)
        rows = np.arange(len(matrix))
        while len(rows):
            feature = self.feature[node[rows]]
            inside = feature != _LEAF
            rows, feature = rows[inside], feature[inside]
            at = node[rows]
            low = matrix[rows, feature] <= self.threshold[at]
            node[rows] = np.where(low, self.left[at], self.right[at])
        return node
