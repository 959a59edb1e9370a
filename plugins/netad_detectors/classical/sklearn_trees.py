"""scikit-learn's fitted trees as `Trees`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_detectors.classical.trees import Trees

__all__ = ["boosted", "classifying", "isolating"]


def classifying(estimators: Iterable[Any]) -> Trees:
    """Of decision trees: leaves hold the shares of the classes."""
    return Trees.joined([_nodes(e.tree_, _shares(e.tree_.value[:, 0, :])) for e in estimators])


def isolating(estimators: Iterable[Any]) -> Trees:
    """Of an isolation forest's trees: leaves hold the path's length [n, 1], what the flows that
    were not parted would have made of it included."""
    trees = []
    for estimator in estimators:
        tree = estimator.tree_
        depth = np.zeros(tree.node_count)
        for node in range(tree.node_count):  # children stand behind their parents
            if tree.children_left[node] >= 0:
                depth[tree.children_left[node]] = depth[node] + 1
                depth[tree.children_right[node]] = depth[node] + 1
        trees.append(_nodes(tree, (depth + mean_path(tree.n_node_samples))[:, None]))
    return Trees.joined(trees)


def boosted(model: Any) -> Trees:
    """Of histogram gradient boosting: by rounds a tree a class (one of two classes); leaves hold
    what is added to the logit, [n, 1]."""
    trees = []
    for predictor in (tree for round_ in model._predictors for tree in round_):
        nodes = predictor.nodes
        leaf = nodes["is_leaf"].astype(bool)
        trees.append(
            {
                "feature": nodes["feature_idx"].astype(np.int64),
                "threshold": np.where(leaf, 0.0, nodes["num_threshold"]),
                "left": np.where(leaf, -1, nodes["left"].astype(np.int64)),
                "right": np.where(leaf, -1, nodes["right"].astype(np.int64)),
                "value": nodes["value"][:, None],
            }
        )
    return Trees.joined(trees)


def mean_path(flows: NDArray[Any]) -> NDArray[np.float64]:
    """Mean length of an unsuccessful search among n flows (Liu, Ting and Zhou 2008, eq. 1)."""
    n = np.maximum(flows.astype(np.float64), 3)
    long = 2.0 * (np.log(n - 1.0) + np.euler_gamma) - 2.0 * (n - 1.0) / n
    return np.where(flows <= 1, 0.0, np.where(flows == 2, 1.0, long))


def _nodes(tree: Any, value: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
    return {
        "feature": tree.feature,
        "threshold": tree.threshold,
        "left": tree.children_left,
        "right": tree.children_right,
        "value": value,
    }


def _shares(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows that sum to 1, as `predict_proba` makes them."""
    total = value.sum(axis=1, keepdims=True)
    return value / np.where(total == 0.0, 1.0, total)
