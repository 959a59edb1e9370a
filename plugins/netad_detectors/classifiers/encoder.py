"""Classification on learned features: an autoencoder's code, and a classifier that reads it.

The overview of autoencoders in the project's papers (its figure 11); Javaid, Niyaz, Sun and Alam,
A Deep Learning Approach for Network Intrusion Detection System, BICT 2016: features are learned
without labels, the classifier with them. The encoder is not changed by the second step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netad_detectors.classifiers.telling import Telling
from netad_detectors.networks import Pace, fit_batches

if TYPE_CHECKING:
    import torch

__all__ = ["EncoderClassifier"]

#: Layers of the network that make the code.
_ENCODER = 5


@dataclass(kw_only=True, eq=False)
class EncoderClassifier(Telling):
    """Benign against the families, by the code of an autoencoder of all flows.

    Args:
        code: width of the code.
    """

    name: ClassVar[str] = "encoder_classifier"

    code: int = 32

    def _new_network(self) -> torch.nn.Module:
        from torch import nn

        from netad_detectors.autoencoders.layers import encoder

        return nn.Sequential(
            nn.Flatten(),
            *encoder(self._width(), 2 * self.hidden, self.code),
            nn.Linear(self.code, self.hidden),
            nn.ReLU(),
            nn.Linear(self.hidden, len(self.families)),
        )

    def _train(
        self,
        network: torch.nn.Module,
        given: torch.Tensor,
        wanted: torch.Tensor,
        share: torch.Tensor,
        generator: torch.Generator,
        pace: Pace,
    ) -> None:
        import torch
        from torch import nn

        from netad_detectors.autoencoders.layers import decoder

        assert isinstance(network, nn.Sequential)
        encoder = network[:_ENCODER]
        back = decoder(self._width(), 2 * self.hidden, self.code)

        def loss(rows: torch.Tensor) -> torch.Tensor:
            error = ((back(encoder(given[rows])) - given[rows][:, 0]) ** 2).mean(dim=1)
            mean: torch.Tensor = (error * share[rows]).mean()
            return mean

        fit_batches(
            nn.ModuleList([encoder, back]),
            loss,
            len(given),
            epochs=pace.epochs,
            batch_rows=self.batch_rows,
            learning_rate=pace.rate,
            generator=generator,
        )
        with torch.no_grad():
            codes = encoder(given)
        super()._train(network[_ENCODER:], codes, wanted, share, generator, pace)
