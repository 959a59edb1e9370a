"""The three networks of `gan`."""

from __future__ import annotations

import torch
from torch import nn

from netad_pcap.detection import padded_width

__all__ = ["GANNetwork"]


class GANNetwork(nn.Module):
    """Flows [n, width] to [n, width + 2]: error of each cell, cross-entropy, feature distance."""

    def __init__(self, width: int, hidden: int, code: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.encoder = _dense(width, hidden, code, layers, nn.Tanh, 0.0)
        self.generator = _dense(code, hidden, width, layers, nn.Tanh, 0.0)
        both = padded_width(width + code)
        self.padding = both - width - code
        self.discriminator = _dense(both, hidden, 1, layers, nn.ReLU, dropout)

    def opinion(self, flows: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
        """The discriminator's logits, [n]: large for a flow with its code."""
        logits: torch.Tensor = self.discriminator(self._pair(flows, codes))[:, 0]
        return logits

    def forward(self, flows: torch.Tensor) -> torch.Tensor:
        """What the score is made of."""
        codes = self.encoder(flows)
        rebuilt = self.generator(codes)
        features = self.discriminator[:-1](self._pair(flows, codes))
        opinion = self.discriminator[-1](features)
        distance = (features - self.discriminator[:-1](self._pair(rebuilt, codes))).abs()
        told = [nn.functional.softplus(-opinion), distance.mean(dim=1, keepdim=True)]
        return torch.cat([(rebuilt - flows).abs(), *told], dim=1)

    def _pair(self, flows: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
        return nn.functional.pad(torch.cat([flows, codes], dim=1), (0, self.padding))


def _dense(
    given: int, hidden: int, wanted: int, layers: int, activation: type[nn.Module], dropout: float
) -> nn.Sequential:
    """Hidden layers of one width, then one without activation."""
    parts: list[nn.Module] = []
    for _ in range(layers):
        parts += [nn.Linear(given, hidden), activation()]
        if dropout:
            parts.append(nn.Dropout(dropout))
        given = hidden
    return nn.Sequential(*parts, nn.Linear(given, wanted))
