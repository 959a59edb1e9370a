"""A variational autoencoder: the score is a reconstruction probability.

Kingma and Welling, Auto-Encoding Variational Bayes, ICLR 2014; An and Cho, Variational
Autoencoder based Anomaly Detection using Reconstruction Probability, SNU 2015: several codes
are drawn from the encoder's distribution, the decoder gives mean and variance of each cell, and
the score is −log of the mean probability of the flow. Scoring draws the same numbers for every
row, so that a flow's score depends on the flow alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from netad_detectors.autoencoders.rebuilding import Rebuilding
from netad_detectors.networks import answer
from netad_pcap.detection import score_in_blocks
from netad_pcap.flows import FlowBatch

if TYPE_CHECKING:
    import torch

__all__ = ["VariationalAutoencoder"]

_BLOCK_ROWS = 512


@dataclass(kw_only=True, eq=False)
class VariationalAutoencoder(Rebuilding):
    """−log of the reconstruction probability.

    Args:
        hidden: width of the layers beside the code.
        code: width of the code.
        draws: codes drawn per flow when scoring.
        pull: weight of the distance between the codes' distribution and the standard normal one.
    """

    name: ClassVar[str] = "variational_autoencoder"
    check_parameters: ClassVar[dict[str, Any]] = {"epochs": 5, "hidden": 32, "code": 16}

    hidden: int = 64
    code: int = 16
    draws: int = 8
    pull: float = 0.1

    def _new_network(self) -> torch.nn.Module:
        from netad_detectors.autoencoders.variational_network import VariationalNetwork

        return VariationalNetwork(self._width(), self.hidden, self.code, self.draws)

    def _loss(self, network: torch.nn.Module, given: torch.Tensor) -> torch.Tensor:
        import torch
        from torch import nn

        from netad_detectors.autoencoders.variational_network import (
            VariationalNetwork,
            surprise,
        )

        assert isinstance(network, VariationalNetwork)
        mean, log_variance = network.code_of(given)
        drawn = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        distance = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(dim=1)
        cells: torch.Tensor = surprise(given, *network.cells_of(drawn)).sum(dim=1)
        assert isinstance(network, nn.Module)
        return (cells + self.pull * distance) / given.shape[1]

    def _parts(self, flows: FlowBatch) -> NDArray[np.float64]:
        scaling, network = self._fitted()
        parts = score_in_blocks(
            lambda block: answer(network, block), self._inputs(flows), _BLOCK_ROWS
        )
        cells = scaling.cells
        result: NDArray[np.float64] = parts[:, :cells].astype(np.float64) / cells
        return result
