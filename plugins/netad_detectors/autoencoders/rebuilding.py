"""What every autoencoder shares: fitting to benign flows, scoring by what was not rebuilt.

A method's module says which network it is (`_new_network`), what it loses by (`_loss`), and,
where the score is no squared error, what each cell adds (`_parts`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from netad_detectors.networks import Pace, answer, deterministic, fit_batches, restored, weights_of
from netad_detectors.preprocessing import Scaling
from netad_detectors.reading import Reading
from netad_pcap.detection import Scores, padded_width, score_in_blocks
from netad_pcap.flows import FlowBatch

if TYPE_CHECKING:
    import torch

__all__ = ["Rebuilding"]

_BLOCK_ROWS = 1_024
#: Of weights that are there already: passes over the flows, and the rate as a share of the first.
_ADAPT_EPOCHS = 20
_ADAPT_RATE = 0.25


@dataclass(kw_only=True, eq=False)
class Rebuilding(Reading, ABC):
    """Reconstruction error of a flow's columns.

    Args:
        epochs: passes over the training flows.
        learning_rate: of Adam, at the beginning.
        batch_rows: flows per step.
    """

    check_parameters: ClassVar[dict[str, Any]] = {"epochs": 5}

    epochs: int = 60
    learning_rate: float = 2e-3
    batch_rows: int = 256
    _network: torch.nn.Module | None = field(init=False, default=None)

    def fit(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Self:
        """Learns from the benign flows; all are benign where `families` is None."""
        rows, weight = self._benign(flows, families)
        self._scaling = Scaling.fit(flows.take(rows), weight, self._reads, self.scaling)
        inputs = self._inputs(flows, rows)
        self._look(inputs)
        self._learn(inputs, weight, self._new_network, Pace(self.epochs, self.learning_rate))
        return self

    def adapt(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Self:
        """Goes on from the weights that it has, in their scaling, with smaller steps."""
        network = self._fitted()[1]
        rows, weight = self._benign(flows, families)
        pace = Pace(_ADAPT_EPOCHS, self.learning_rate * _ADAPT_RATE)
        self._learn(self._inputs(flows, rows), weight, lambda: network, pace)
        return self

    def score(self, flows: FlowBatch) -> Scores:
        """Mean squared error over the cells; contributions are its parts."""
        scaling, _ = self._fitted()
        parts = self._parts(flows)
        return Scores(
            novelty=parts[:, : scaling.cells].sum(axis=1), contributions=scaling.by_column(parts)
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
        detector._scaling = Scaling.from_arrays(arrays, detector._reads, detector.scaling)
        detector._prepare(arrays)
        detector._network = restored(detector._new_network, arrays)
        return detector

    def _learn(
        self,
        inputs: NDArray[Any],
        weight: NDArray[np.float64],
        begin: Callable[[], torch.nn.Module],
        pace: Pace,
    ) -> None:
        import torch

        shares = torch.from_numpy((weight / weight.mean()).astype(np.float32))
        with deterministic(self.seed) as generator:
            network = begin()
            self._train(network, torch.from_numpy(inputs), shares, generator, pace)
        self._network = network.eval()

    @abstractmethod
    def _new_network(self) -> torch.nn.Module:
        """The network with its first weights; `forward` gives the cells rebuilt."""

    def _look(self, given: NDArray[Any]) -> None:
        """Takes from what is to be learned what the network's shape depends on."""

    def _prepare(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Takes from saved arrays the same."""

    def _loss(self, network: torch.nn.Module, given: torch.Tensor) -> torch.Tensor:
        """What each row of a batch loses: [rows]."""
        mean: torch.Tensor = ((network(given) - given) ** 2).mean(dim=1)
        return mean

    def _train(
        self,
        network: torch.nn.Module,
        given: torch.Tensor,
        shares: torch.Tensor,
        generator: torch.Generator,
        pace: Pace,
    ) -> None:
        """Fits the network; `shares` are the rows' weights, mean 1."""
        fit_batches(
            network,
            lambda rows: (self._loss(network, given[rows]) * shares[rows]).mean(),
            len(given),
            epochs=pace.epochs,
            batch_rows=self.batch_rows,
            learning_rate=pace.rate,
            generator=generator,
        )

    def _inputs(self, flows: FlowBatch, rows: NDArray[np.intp] | None = None) -> NDArray[Any]:
        """What the network is given of some rows of a batch, or of all that are not carried."""
        scaling = self._scaling
        assert scaling is not None
        return scaling(flows.without_carried() if rows is None else flows.take(rows))

    def _parts(self, flows: FlowBatch) -> NDArray[np.float64]:
        """What each cell adds to the score, float64 [n, cells]."""
        scaling, network = self._fitted()
        matrix = self._inputs(flows)
        rebuilt = score_in_blocks(lambda block: answer(network, block), matrix, _BLOCK_ROWS)
        cells = scaling.cells
        parts: NDArray[np.float64] = (rebuilt.astype(np.float64) - matrix)[:, :cells] ** 2 / cells
        return parts

    def _width(self) -> int:
        """How wide the network's input is."""
        return padded_width(self._cells())

    def _fitted(self) -> tuple[Scaling, torch.nn.Module]:
        if self._scaling is None or self._network is None:
            raise ValueError(f"the {self.name} has not been fitted")
        return self._scaling, self._network
