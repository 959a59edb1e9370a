"""A multilayer perceptron of single flows.

Rumelhart, Hinton and Williams, Learning Representations by Back-propagating Errors, Nature 323,
1986; what Lin, Ye and Xu (CLOUD 2019, table 7) hold their network against.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netad_detectors.classifiers.telling import Telling

if TYPE_CHECKING:
    import torch

__all__ = ["MLP"]


@dataclass(kw_only=True, eq=False)
class MLP(Telling):
    """Benign against the families, by two hidden layers.

    Args:
        hidden: width of the second layer; the first is twice as wide.
    """

    name: ClassVar[str] = "mlp"

    def _new_network(self) -> torch.nn.Module:
        from torch import nn

        return nn.Sequential(
            nn.Flatten(),
            nn.Linear(self._width(), 2 * self.hidden),
            nn.ReLU(),
            nn.Linear(2 * self.hidden, self.hidden),
            nn.ReLU(),
            nn.Linear(self.hidden, len(self.families)),
        )
