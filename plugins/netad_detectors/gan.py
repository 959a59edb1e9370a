"""A GAN with an encoder: what generator and discriminator make of a flow.

Liu and Yang, IoT Network Traffic Analysis with Deep Learning, 2024, section 4.2.2, after Zenati,
Foo, Lecouat, Manek and Chandrasekhar, Efficient GAN-Based Anomaly Detection, ICLR workshop 2018:
a discriminator tells (flow, its code) from (made flow, its draw). The score is a convex mix,
`mix` · reconstruction loss + (1 − `mix`) · discriminator loss, the latter cross-entropy (that the
discriminator takes the pair for real) or feature matching (how far the rebuilt flow is from
the flow in the discriminator's last hidden layer). The paper has a latent space of 114, six hidden
layers, a learning rate of 1e-5, dropout of 0.2, ten epochs and batches of 512; the value of the
mix is not given. Our defaults are smaller and learn faster; all are parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from netad_detectors.autoencoders.rebuilding import Rebuilding
from netad_detectors.networks import Pace, answer, fit_by_turns
from netad_pcap.detection import Scores, score_in_blocks
from netad_pcap.flows import FlowBatch

if TYPE_CHECKING:
    import torch

__all__ = ["GAN", "LOSSES"]

#: What the discriminator's part of the score may be.
LOSSES = ("cross_entropy", "feature_matching")
_BLOCK_ROWS = 512


@dataclass(kw_only=True, eq=False)
class GAN(Rebuilding):
    """A convex mix of reconstruction and discriminator loss.

    Args:
        hidden: width of the hidden layers.
        code: the latent space's width.
        layers: hidden layers of each network.
        mix: weight of the reconstruction loss, 0 to 1.
        loss: the discriminator's, of `LOSSES`.
        dropout: in the discriminator while learning.
    """

    name: ClassVar[str] = "gan"
    check_parameters: ClassVar[dict[str, Any]] = {
        "epochs": 5, "hidden": 16, "code": 16, "layers": 2,
    }  # fmt: skip

    hidden: int = 128
    code: int = 32
    epochs: int = 20
    learning_rate: float = 2e-4
    layers: int = 2
    mix: float = 0.9
    loss: str = "feature_matching"
    dropout: float = 0.2

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.loss not in LOSSES:
            raise ValueError(f"no loss {self.loss!r}; use one of {', '.join(LOSSES)}")
        if not 0 <= self.mix <= 1:
            raise ValueError("mix must be 0 to 1")

    def score(self, flows: FlowBatch) -> Scores:
        """The mix; contributions are the parts of the reconstruction loss."""
        scaling, network = self._fitted()
        found = score_in_blocks(
            lambda block: answer(network, block), self._inputs(flows), _BLOCK_ROWS
        ).astype(np.float64)
        cells = scaling.cells
        parts = self.mix * found[:, :cells] / cells
        told = found[:, -2] if self.loss == "cross_entropy" else found[:, -1]
        return Scores(
            novelty=parts.sum(axis=1) + (1 - self.mix) * told,
            contributions=scaling.by_column(parts),
        )

    def _new_network(self) -> torch.nn.Module:
        from netad_detectors.gan_network import GANNetwork

        return GANNetwork(self._width(), self.hidden, self.code, self.layers, self.dropout)

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

        from netad_detectors.gan_network import GANNetwork

        assert isinstance(network, GANNetwork)

        def opinions(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
            flows = given[rows]
            drawn = torch.randn(len(rows), self.code)
            real = network.opinion(flows, network.encoder(flows))
            made = network.opinion(network.generator(drawn), drawn)
            return real, made, shares[rows]

        def told(rows: torch.Tensor) -> torch.Tensor:
            real, made, share = opinions(rows)
            right = entropy(real, torch.ones_like(real), weight=share)
            return right + entropy(made, torch.zeros_like(made))

        def unlike(rows: torch.Tensor) -> torch.Tensor:
            real, made, share = opinions(rows)
            wrong = entropy(real, torch.zeros_like(real), weight=share)
            flows = given[rows]
            error = (network.generator(network.encoder(flows)) - flows).abs().mean(dim=1)
            fooled = entropy(made, torch.ones_like(made))
            loss: torch.Tensor = wrong + fooled + (error * share).mean()
            return loss

        fit_by_turns(
            [
                (network.discriminator, told),
                (nn.ModuleList([network.encoder, network.generator]), unlike),
            ],
            len(given),
            epochs=pace.epochs,
            batch_rows=self.batch_rows,
            learning_rate=pace.rate,
            generator=generator,
        )
