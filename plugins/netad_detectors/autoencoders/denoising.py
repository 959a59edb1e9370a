"""A denoising autoencoder: it rebuilds flows from spoilt copies of them.

Vincent, Larochelle, Bengio and Manzagol, Extracting and Composing Robust Features with
Denoising Autoencoders, ICML 2008: cells are set to zero at random, or noise is added.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netad_detectors.autoencoders.deep import Autoencoder

if TYPE_CHECKING:
    import torch

__all__ = ["DenoisingAutoencoder"]


@dataclass(kw_only=True, eq=False)
class DenoisingAutoencoder(Autoencoder):
    """Reconstruction error of a network that learned to mend.

    Args:
        dropped: share of the cells that are set to zero while learning.
        noise: deviation of what is added to the others.
    """

    name: ClassVar[str] = "denoising_autoencoder"

    dropped: float = 0.1
    noise: float = 0.05

    def _loss(self, network: torch.nn.Module, given: torch.Tensor) -> torch.Tensor:
        import torch

        kept = (torch.rand_like(given) >= self.dropped).to(given.dtype)
        spoilt = (given + self.noise * torch.randn_like(given)) * kept
        mean: torch.Tensor = ((network(spoilt) - given) ** 2).mean(dim=1)
        return mean
