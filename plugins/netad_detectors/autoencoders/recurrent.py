"""An LSTM autoencoder: it rebuilds the last flows of a source host, newest first.

Malhotra, Ramakrishnan, Anand, Vig, Agarwal and Shroff, LSTM-based Encoder-Decoder for
Multi-sensor Anomaly Detection, ICML workshop 2016. The score is the error at the flow itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from netad_detectors.autoencoders.rebuilding import Rebuilding
from netad_detectors.networks import answer
from netad_detectors.windows import Windows, step_width
from netad_pcap.detection import Needs, score_in_blocks
from netad_pcap.flows import FlowBatch

if TYPE_CHECKING:
    import torch

__all__ = ["RecurrentAutoencoder"]

_BLOCK_ROWS = 512


@dataclass(kw_only=True, eq=False)
class RecurrentAutoencoder(Rebuilding):
    """Error at a flow of what was rebuilt of its source's last flows.

    Args:
        length: how many flows a sequence holds, the flow itself included.
        hidden: width of the encoder's and of the decoder's state; the encoder's last is the code.
    """

    name: ClassVar[str] = "lstm_autoencoder"
    check_parameters: ClassVar[dict[str, Any]] = {"epochs": 5, "hidden": 16, "length": 4}

    hidden: int = 64
    epochs: int = 10
    length: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        self.needs = Needs(columns=self.needs.columns, history=self.length)

    def _new_network(self) -> torch.nn.Module:
        from netad_detectors.autoencoders.recurrent_network import RecurrentNetwork

        return RecurrentNetwork(self._width(), self.hidden)

    def _width(self) -> int:
        return step_width(self._cells())

    def _loss(self, network: torch.nn.Module, given: torch.Tensor) -> torch.Tensor:
        """Squared error over the steps that hold a flow."""
        there = given[:, :, -1]
        error = ((network(given) - given) ** 2).mean(dim=2)
        mean: torch.Tensor = (error * there).sum(dim=1) / there.sum(dim=1)
        return mean

    def _inputs(self, flows: FlowBatch, rows: NDArray[np.intp] | None = None) -> NDArray[Any]:
        windows = self._windows(flows)
        return windows(windows.history if rows is None else windows.history[rows - flows.carried])

    def _parts(self, flows: FlowBatch) -> NDArray[np.float64]:
        scaling, network = self._fitted()
        windows = self._windows(flows)
        # Sequences are put together block by block: all of them at once would be ten batches.
        rebuilt = score_in_blocks(
            lambda history: answer(network, windows(history))[:, -1], windows.history, _BLOCK_ROWS
        )
        given = windows.steps[windows.history[:, -1]]
        cells = scaling.cells
        parts: NDArray[np.float64] = (rebuilt.astype(np.float64) - given)[:, :cells] ** 2 / cells
        return parts

    def _windows(self, flows: FlowBatch) -> Windows:
        assert self._scaling is not None
        return Windows.of(flows, self._scaling, self.length, self.name)
