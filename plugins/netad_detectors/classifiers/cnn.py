"""A convolutional network: filters that slide along a flow's columns, in their order.

LeCun, Bottou, Bengio and Haffner, Gradient-based Learning Applied to Document Recognition,
Proceedings of the IEEE 86(11), 1998; for flows Vinayakumar, Soman and Poornachandran, Applying
Convolutional Neural Network for Network Intrusion Detection, ICACCI 2017.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netad_detectors.classifiers.telling import Telling

if TYPE_CHECKING:
    import torch

__all__ = ["CNN"]


@dataclass(kw_only=True, eq=False)
class CNN(Telling):
    """Benign against the families, by two convolutions and a dense layer.

    Args:
        hidden: width of the dense layer; the convolutions have a quarter and half as many filters.
    """

    name: ClassVar[str] = "cnn"

    epochs: int = 10

    def _new_network(self) -> torch.nn.Module:
        from torch import nn

        width, first, second = self._width(), self.hidden // 4, self.hidden // 2
        return nn.Sequential(
            nn.Conv1d(1, first, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool1d(2),
            nn.Conv1d(first, second, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool1d(2),
            nn.Flatten(),
            nn.Linear(second * (width // 4), self.hidden),
            nn.ReLU(),
            nn.Linear(self.hidden, len(self.families)),
        )
