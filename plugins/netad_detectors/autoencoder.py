"""A deep autoencoder of single flows: what it cannot rebuild is unlike what it has seen.

Fitted to benign flows only; the novelty score is the reconstruction error (Sakurada and
Yairi, Anomaly Detection Using Autoencoders with Nonlinear Dimensionality Reduction, MLSDA
2014; the overview in the project's papers). Over mixed networks such a score alone says
little; on one network's own traffic it says more: the model card gives the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from netad_detectors.networks import (
    answer,
    deterministic,
    fit_batches,
    restored,
    weights_of,
)
from netad_detectors.preprocessing import PROFILE, Scaling, columns_of
from netad_pcap.detection import Needs, Scores, padded_width, score_in_blocks
from netad_pcap.families import BENIGN
from netad_pcap.flows import FlowBatch

if TYPE_CHECKING:
    import torch

__all__ = ["Autoencoder"]

_BLOCK_ROWS = 1_024
#: Of weights that are there already: passes over the flows, and the rate as a share of the first.
_ADAPT_EPOCHS = 20
_ADAPT_RATE = 0.25


class Autoencoder:
    """Reconstruction error of a flow's columns.

    Args:
        hidden: width of the layers beside the code.
        code: width of the narrowest layer.
        epochs: passes over the training flows.
        learning_rate: of Adam, at the beginning.
        profile: rule book of the flows, whose columns are read.
        seed: of the first weights and of the orders.
    """

    name: ClassVar[str] = "autoencoder"

    def __init__(
        self,
        *,
        hidden: int = 64,
        code: int = 16,
        epochs: int = 60,
        learning_rate: float = 2e-3,
        profile: str = PROFILE,
        seed: int = 0,
    ) -> None:
        self.needs = Needs(columns=columns_of(profile))
        self.hidden = hidden
        self.code = code
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.profile = profile
        self.seed = seed
        self._scaling: Scaling | None = None
        self._network: torch.nn.Module | None = None

    def fit(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Self:
        """Learns from the benign flows; all are benign where `families` is None."""
        own = _benign(flows, families)
        self._scaling = Scaling.fit(own, _weight(own), self.needs.columns)
        self._learn(own, self._new_network, self.epochs, self.learning_rate)
        return self

    def adapt(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Self:
        """Goes on from the weights that it has, in their scaling, with smaller steps."""
        network = self._fitted()[1]
        rate = self.learning_rate * _ADAPT_RATE
        self._learn(_benign(flows, families), lambda: network, _ADAPT_EPOCHS, rate)
        return self

    def score(self, flows: FlowBatch) -> Scores:
        """Mean squared error over the scaled columns; contributions are its parts."""
        scaling, network = self._fitted()
        rows = flows.take(slice(flows.carried, None)) if flows.carried else flows
        matrix = scaling(rows)
        rebuilt = score_in_blocks(lambda block: answer(network, block), matrix, _BLOCK_ROWS)
        columns = self.needs.columns
        parts = (rebuilt.astype(np.float64) - matrix)[:, : len(columns)] ** 2 / len(columns)
        return Scores(
            novelty=parts.sum(axis=1),
            contributions={name: parts[:, i].copy() for i, name in enumerate(columns)},
        )

    def to(self, device: str) -> None:
        """Moves the network."""
        self._fitted()[1].to(device)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The scaling's tables and the network's weights."""
        scaling, network = self._fitted()
        return {**scaling.to_arrays(), **weights_of(network)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], **parameters: Any) -> Self:
        """From `to_arrays()`.

        Raises:
            ValueError: an array is missing or of a wrong shape.
        """
        detector = cls(**parameters)
        detector._scaling = Scaling.from_arrays(arrays, detector.needs.columns)
        detector._network = restored(detector._new_network, arrays)
        return detector

    def _learn(
        self, flows: FlowBatch, begin: Callable[[], torch.nn.Module], epochs: int, rate: float
    ) -> None:
        import torch

        assert self._scaling is not None
        weight = _weight(flows)
        matrix = torch.from_numpy(self._scaling(flows))
        shares = torch.from_numpy((weight / weight.mean()).astype(np.float32))
        with deterministic(self.seed) as generator:
            network = begin()

            def loss(rows: torch.Tensor) -> torch.Tensor:
                given = matrix[rows]
                error = ((network(given) - given) ** 2).mean(dim=1)
                mean: torch.Tensor = (error * shares[rows]).mean()
                return mean

            fit_batches(
                network,
                loss,
                len(matrix),
                epochs=epochs,
                batch_rows=256,
                learning_rate=rate,
                generator=generator,
            )
        self._network = network

    def _new_network(self) -> torch.nn.Module:
        from torch import nn

        width = padded_width(len(self.needs.columns))
        return nn.Sequential(
            nn.Linear(width, self.hidden),
            nn.ReLU(),
            nn.Linear(self.hidden, self.code),
            nn.Tanh(),
            nn.Linear(self.code, self.hidden),
            nn.ReLU(),
            nn.Linear(self.hidden, width),
        )

    def _fitted(self) -> tuple[Scaling, torch.nn.Module]:
        if self._scaling is None or self._network is None:
            raise ValueError("the autoencoder has not been fitted")
        return self._scaling, self._network


def _benign(flows: FlowBatch, families: NDArray[Any] | None) -> FlowBatch:
    """The benign flows that are not carried; at least one of some weight."""
    rows = np.arange(flows.carried, len(flows))
    if families is not None:
        rows = rows[families == BENIGN]
    own = flows.take(rows)
    if not _weight(own).sum() > 0:
        raise ValueError("the autoencoder needs benign flows to learn from")
    return own


def _weight(flows: FlowBatch) -> NDArray[np.float64]:
    return np.ones(len(flows)) if flows.weight is None else flows.weight
