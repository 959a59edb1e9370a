"""A convolutional autoencoder: filters that slide along a flow's columns, in their order.

Masci, Meier, Cireşan and Schmidhuber, Stacked Convolutional Auto-Encoders for Hierarchical
Feature Extraction, ICANN 2011. Neighbouring columns belong together in the data sets' order
(all of the forward direction, all interarrival times), so a filter means something.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from netad_detectors.autoencoders.rebuilding import Rebuilding

if TYPE_CHECKING:
    import torch

__all__ = ["ConvolutionalAutoencoder"]


@dataclass(kw_only=True, eq=False)
class ConvolutionalAutoencoder(Rebuilding):
    """Reconstruction error behind two convolutions.

    Args:
        code: width of the code.
        hidden: channels of the second convolution are a quarter of it, of the first an eighth.
    """

    name: ClassVar[str] = "convolutional_autoencoder"
    check_parameters: ClassVar[dict[str, Any]] = {"epochs": 5, "hidden": 32, "code": 16}

    hidden: int = 64
    code: int = 16
    epochs: int = 20

    def _new_network(self) -> torch.nn.Module:
        from torch import nn

        width, first, second = self._width(), self.hidden // 8, self.hidden // 4
        return nn.Sequential(
            nn.Unflatten(1, (1, width)),
            nn.Conv1d(1, first, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv1d(first, second, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(second * width // 4, self.code),
            nn.Tanh(),
            nn.Linear(self.code, second * width // 4),
            nn.ReLU(),
            nn.Unflatten(1, (second, width // 4)),
            nn.ConvTranspose1d(second, first, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose1d(first, 1, 4, stride=2, padding=1),
            nn.Flatten(),
        )
