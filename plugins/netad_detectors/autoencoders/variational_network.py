"""The network of `variational`: distributions of codes and of cells."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["VariationalNetwork", "surprise"]

#: Bounds of the logarithms of variances: a cell that never varied must not decide alone.
_LOG_VARIANCE = (-3.0, 6.0)


class VariationalNetwork(nn.Module):
    """Flows [n, width] to −log probability of each cell [n, width].

    The codes that scoring draws are `noise`, kept with the weights.
    """

    noise: torch.Tensor

    def __init__(self, width: int, hidden: int, code: int, draws: int) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(width, hidden), nn.ReLU())
        self.code_mean = nn.Linear(hidden, code)
        self.code_log_variance = nn.Linear(hidden, code)
        self.decoder = nn.Sequential(nn.Linear(code, hidden), nn.ReLU())
        self.cell_mean = nn.Linear(hidden, width)
        self.cell_log_variance = nn.Linear(hidden, width)
        self.register_buffer("noise", torch.randn(draws, 1, code))

    def code_of(self, given: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and logarithm of the variance of each code, [n, code]."""
        hidden = self.encoder(given)
        return self.code_mean(hidden), self.code_log_variance(hidden).clamp(*_LOG_VARIANCE)

    def cells_of(self, codes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and logarithm of the variance of each cell, [n, width]."""
        hidden = self.decoder(codes)
        return self.cell_mean(hidden), self.cell_log_variance(hidden).clamp(*_LOG_VARIANCE)

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        """Of each cell −log probability, the mean over the draws."""
        mean, log_variance = self.code_of(given)
        drawn = mean + torch.exp(0.5 * log_variance) * self.noise
        total = torch.zeros_like(given)
        for codes in drawn:
            total = total + surprise(given, *self.cells_of(codes))
        return total / len(drawn)


def surprise(given: torch.Tensor, mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
    """−log density of a normal distribution, but for its constant; bounded below."""
    result: torch.Tensor = 0.5 * ((given - mean) ** 2 / log_variance.exp() + log_variance)
    return result
