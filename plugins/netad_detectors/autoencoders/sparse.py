"""A sparse autoencoder: few units of its wide code may speak at once.

Ng, Sparse Autoencoder (CS294A lecture notes, 2011): the Kullback-Leibler distance between each
unit's mean activity and a small target is added to the reconstruction error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from netad_detectors.autoencoders.rebuilding import Rebuilding

if TYPE_CHECKING:
    import torch

__all__ = ["SparseAutoencoder"]


@dataclass(kw_only=True, eq=False)
class SparseAutoencoder(Rebuilding):
    """Reconstruction error behind a sparse code.

    Args:
        hidden: width of the layers beside the code.
        code: width of the code.
        activity: mean activity that a unit of the code should have.
        penalty: weight of the distance from it.
    """

    name: ClassVar[str] = "sparse_autoencoder"
    check_parameters: ClassVar[dict[str, Any]] = {"epochs": 5, "hidden": 32, "code": 16}

    hidden: int = 64
    code: int = 64
    activity: float = 0.05
    penalty: float = 0.01

    def _new_network(self) -> torch.nn.Module:
        from torch import nn

        from netad_detectors.autoencoders.layers import decoder

        width = self._width()
        return nn.Sequential(
            nn.Linear(width, self.hidden),
            nn.ReLU(),
            nn.Linear(self.hidden, self.code),
            nn.Sigmoid(),
            *decoder(width, self.hidden, self.code),
        )

    def _loss(self, network: torch.nn.Module, given: torch.Tensor) -> torch.Tensor:
        import torch

        assert isinstance(network, torch.nn.Sequential)
        codes = network[:4](given)
        error = ((network[4:](codes) - given) ** 2).mean(dim=1)
        mean = codes.mean(dim=0).clamp(1e-6, 1 - 1e-6)
        target = self.activity
        distance = target * torch.log(target / mean) + (1 - target) * torch.log(
            (1 - target) / (1 - mean)
        )
        loss: torch.Tensor = error + self.penalty * distance.sum()
        return loss
