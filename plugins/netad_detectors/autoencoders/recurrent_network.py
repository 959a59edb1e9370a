"""The network of `recurrent`: a state that remembers a sequence, and one that tells it."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["RecurrentNetwork"]


class RecurrentNetwork(nn.Module):
    """Sequences [n, L, width] to the same, rebuilt from the encoder's last state alone."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.encoder = nn.LSTM(width, hidden, batch_first=True)
        self.decoder = nn.LSTM(hidden, hidden, batch_first=True)
        self.cells = nn.Linear(hidden, width)

    def forward(self, sequences: torch.Tensor) -> torch.Tensor:
        """The sequences rebuilt; the newest flow is told first, as the paper does."""
        _, (state, _) = self.encoder(sequences)
        repeated = state[-1].unsqueeze(1).expand(-1, sequences.shape[1], -1)
        told, _ = self.decoder(repeated)
        cells: torch.Tensor = self.cells(told.flip(1))
        return cells
