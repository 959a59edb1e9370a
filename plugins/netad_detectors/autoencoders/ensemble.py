"""Many small autoencoders, each of columns that move together, and one over their errors.

Mirsky, Doitshman, Elovici and Shabtai, Kitsune: An Ensemble of Autoencoders for Online Network
Intrusion Detection, NDSS 2018 (KitNET): their idea per flow, not their packet statistics.
Columns are put together by correlation; the score is the error of the autoencoder over errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from netad_detectors.autoencoders.rebuilding import Rebuilding
from netad_detectors.networks import Pace, answer, fit_batches
from netad_pcap.detection import padded_width, score_in_blocks
from netad_pcap.flows import FlowBatch

if TYPE_CHECKING:
    import torch

__all__ = ["EnsembleAutoencoder"]

_BLOCK_ROWS = 1_024


@dataclass(kw_only=True, eq=False)
class EnsembleAutoencoder(Rebuilding):
    """Error of an autoencoder over the errors of small ones.

    Args:
        group: cells that a small autoencoder reads at most; hidden layers have three quarters of
            their input's width.
    """

    name: ClassVar[str] = "autoencoder_ensemble"
    check_parameters: ClassVar[dict[str, Any]] = {"epochs": 20, "group": 4}

    group: int = 10
    _groups: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._groups = np.full((1, self.group), -1)

    def _new_network(self) -> torch.nn.Module:
        from netad_detectors.autoencoders.ensemble_network import EnsembleNetwork

        return EnsembleNetwork(self._groups, self._width())

    def _look(self, given: NDArray[np.float32]) -> None:
        self._groups = grouped(given, self.group)

    def _train(
        self,
        network: torch.nn.Module,
        given: torch.Tensor,
        shares: torch.Tensor,
        generator: torch.Generator,
        pace: Pace,
    ) -> None:
        """First the small ones; then, on their errors, the one over them."""
        import torch

        from netad_detectors.autoencoders.ensemble_network import EnsembleNetwork

        assert isinstance(network, EnsembleNetwork)
        settings: dict[str, Any] = {
            "epochs": pace.epochs,
            "batch_rows": self.batch_rows,
            "learning_rate": pace.rate,
            "generator": generator,
        }
        fit_batches(
            network,
            lambda rows: (network.errors(given[rows]).mean(dim=1) * shares[rows]).mean(),
            len(given),
            **settings,
        )
        with torch.no_grad():
            errors = network.errors(given)
            network.settle(errors, shares)
        fit_batches(
            network.outer,
            lambda rows: (network.outer_error(errors[rows]).mean(dim=1) * shares[rows]).mean(),
            len(given),
            **settings,
        )

    def _parts(self, flows: FlowBatch) -> NDArray[np.float64]:
        """A group's part is shared among its cells, each by what it adds to the group's error."""
        scaling, network = self._fitted()
        parts = score_in_blocks(
            lambda block: answer(network, block), self._inputs(flows), _BLOCK_ROWS
        )
        result: NDArray[np.float64] = parts.astype(np.float64)[:, : scaling.cells]
        return result

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The scaling's tables, the groups and the networks' weights."""
        return {**super().to_arrays(), "groups": self._groups}

    def _prepare(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        groups = arrays.get("groups")
        most = self._width()
        if groups is None or groups.ndim != 2 or groups.dtype.kind != "i":
            raise ValueError("array 'groups' must hold whole numbers, a row a group")
        if groups.shape[1] != padded_width(self.group) or not 1 <= len(groups) <= most:
            raise ValueError(f"array 'groups' must have {padded_width(self.group)} columns")
        if groups.size and not (groups.min() >= -1 and groups.max() < most):
            raise ValueError("array 'groups' names cells that there are not")
        self._groups = groups.astype(np.int64)


def grouped(matrix: NDArray[np.float32], most: int) -> NDArray[np.int64]:
    """Cells that move together, by hierarchical clustering of 1 − |correlation|.

    Args:
        matrix: [n, cells].
        most: cells of a group; larger ones are cut along the tree.

    Returns:
        [groups, padded_width(most)], numbers of cells, −1 behind the last.
    """
    from scipy.cluster.hierarchy import linkage, to_tree
    from scipy.spatial.distance import squareform

    cells = matrix.shape[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = np.nan_to_num(np.corrcoef(matrix, rowvar=False))
    distance = np.clip(1.0 - np.abs(correlation), 0.0, 1.0)
    np.fill_diagonal(distance, 0.0)
    open_nodes = [to_tree(linkage(squareform(distance, checks=False), "average"))]
    found: list[list[int]] = []
    while open_nodes:
        node = open_nodes.pop()
        if node.count <= most:
            found.append(sorted(node.pre_order()))
        else:
            open_nodes += [node.right, node.left]
    assert sum(map(len, found)) == cells
    result = np.full((len(found), padded_width(most)), -1, np.int64)
    for place, members in enumerate(found):
        result[place, : len(members)] = members
    return result
