"""A contractive autoencoder: its code moves little when a flow does.

Rifai, Vincent, Muller, Glorot and Bengio, Contractive Auto-Encoders: Explicit Invariance During
Feature Extraction, ICML 2011. The penalty is the squared Frobenius norm of the code's Jacobian;
it is estimated from random directions (Hutchinson), for the encoder has two layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netad_detectors.autoencoders.deep import Autoencoder

if TYPE_CHECKING:
    import torch

__all__ = ["ContractiveAutoencoder"]

#: Layers of `Autoencoder` that make the code.
_ENCODER = 4


@dataclass(kw_only=True, eq=False)
class ContractiveAutoencoder(Autoencoder):
    """Reconstruction error behind a code that small changes hardly move.

    Args:
        penalty: weight of the Jacobian's squared norm.
    """

    name: ClassVar[str] = "contractive_autoencoder"

    penalty: float = 1e-3

    def _loss(self, network: torch.nn.Module, given: torch.Tensor) -> torch.Tensor:
        import torch

        assert isinstance(network, torch.nn.Sequential)
        given = given.detach().requires_grad_(True)
        codes = network[:_ENCODER](given)
        error = ((network[_ENCODER:](codes) - given) ** 2).mean(dim=1)
        # E‖Jᵀv‖² over v of ±1 is ‖J‖².
        direction = torch.randint_like(codes, 2) * 2 - 1
        (slope,) = torch.autograd.grad((codes * direction).sum(), given, create_graph=True)
        loss: torch.Tensor = error + self.penalty * (slope**2).sum(dim=1)
        return loss
