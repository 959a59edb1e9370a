"""An adversarial autoencoder: a critic sees to it that codes look normally distributed.

Makhzani, Shlens, Jaitly, Goodfellow and Frey, Adversarial Autoencoders, ICLR workshop 2016. By
turns: rebuild; let a critic tell codes from normal draws; move the encoder against the critic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netad_detectors.autoencoders.deep import Autoencoder
from netad_detectors.networks import Pace, fit_by_turns

if TYPE_CHECKING:
    import torch

__all__ = ["AdversarialAutoencoder"]

#: Layers of `Autoencoder` that make the code.
_ENCODER = 4


@dataclass(kw_only=True, eq=False)
class AdversarialAutoencoder(Autoencoder):
    """Reconstruction error behind codes that a critic takes for normal draws.

    Args:
        pull: weight of the critic's opinion in the encoder's loss.
    """

    name: ClassVar[str] = "adversarial_autoencoder"

    epochs: int = 40
    pull: float = 0.05

    def _train(
        self,
        network: torch.nn.Module,
        given: torch.Tensor,
        shares: torch.Tensor,
        generator: torch.Generator,
        pace: Pace,
    ) -> None:
        import torch
        from torch import nn
        from torch.nn.functional import binary_cross_entropy_with_logits as entropy

        assert isinstance(network, nn.Sequential)
        encoder = network[:_ENCODER]
        critic = nn.Sequential(nn.Linear(self.code, 32), nn.ReLU(), nn.Linear(32, 1))

        def rebuilt(rows: torch.Tensor) -> torch.Tensor:
            error = ((network(given[rows]) - given[rows]) ** 2).mean(dim=1)
            opinion = critic(encoder(given[rows]))
            taken = entropy(opinion, torch.ones_like(opinion))
            loss: torch.Tensor = (error * shares[rows]).mean() + self.pull * taken
            return loss

        def told(rows: torch.Tensor) -> torch.Tensor:
            codes = encoder(given[rows]).detach()
            # A code lies between −1 and 1: so do the draws that it is held against.
            drawn = torch.tanh(torch.randn_like(codes))
            true, false = critic(drawn), critic(codes)
            return entropy(true, torch.ones_like(true)) + entropy(false, torch.zeros_like(false))

        fit_by_turns(
            [(network, rebuilt), (critic, told)],
            len(given),
            epochs=pace.epochs,
            batch_rows=self.batch_rows,
            learning_rate=pace.rate,
            generator=generator,
        )
