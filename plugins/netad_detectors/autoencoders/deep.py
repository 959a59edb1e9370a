"""A deep autoencoder of single flows: what it cannot rebuild is unlike what it has seen.

Fitted to benign flows only; the novelty score is the reconstruction error (Sakurada and
Yairi, Anomaly Detection Using Autoencoders with Nonlinear Dimensionality Reduction, MLSDA
2014; the overview in the project's papers). Over mixed networks such a score alone says
little; on one network's own traffic it says more: the model card gives the figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from netad_detectors.autoencoders.rebuilding import Rebuilding
from netad_pcap.flows import FlowBatch

if TYPE_CHECKING:
    import torch

__all__ = ["Autoencoder"]

#: Columns with the largest errors of a flow, of which it is tried what it would be without them.
_TRIED = 12


@dataclass(kw_only=True, eq=False)
class Autoencoder(Rebuilding):
    """Reconstruction error of a flow's columns.

    Args:
        hidden: width of the layers beside the code.
        code: width of the narrowest layer.
    """

    name: ClassVar[str] = "autoencoder"
    check_parameters: ClassVar[dict[str, Any]] = {"epochs": 5, "hidden": 32, "code": 16}

    hidden: int = 64
    code: int = 16

    def explain(
        self, flows: FlowBatch, rows: NDArray[np.intp], usual: Mapping[str, float]
    ) -> dict[str, NDArray[np.float64]]:
        """How much the error falls where a column has its usual value, 0 where it does not fall.

        An unusual column is rebuilt badly, and so are those that the network expects to go with
        it: the parts of the error alone do not tell which is which.

        Args:
            flows: a batch.
            rows: int [k], numbers among the rows that are not carried.
            usual: by column, its usual value; one that is not named adds nothing.
        """
        flows = flows.take(rows + flows.carried)
        scores = self.score(flows)
        names = [name for name in scores.contributions if name in usual]
        result = {name: np.zeros(len(rows)) for name in names}
        errors = np.array([scores.contributions[name] for name in names])
        for tried in np.argsort(-errors, axis=0, kind="stable")[:_TRIED]:
            mine = {names[c]: tried == c for c in np.unique(tried).tolist()}
            fall = scores.novelty - self.score(_put(flows, mine, usual)).novelty
            for name, these in mine.items():
                result[name][these] = np.maximum(fall[these], 0.0)
        return result

    def _new_network(self) -> torch.nn.Module:
        from torch import nn

        from netad_detectors.autoencoders.layers import decoder, encoder

        width = self._width()
        shape = (width, self.hidden, self.code)
        # One row of layers: their numbers are their names in bundles.
        return nn.Sequential(*encoder(*shape), *decoder(*shape))


def _put(
    flows: FlowBatch, where: Mapping[str, NDArray[np.bool_]], values: Mapping[str, float]
) -> FlowBatch:
    """The flows with another value of some columns, each in some rows."""
    put = {n: np.where(rows, values[n], flows.column(n)) for n, rows in where.items()}
    return replace(flows, features={**flows.features, **put})  # features are found first
