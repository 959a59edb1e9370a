"""The network of `lstm`: two LSTM layers, attention over their steps, two dense layers."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["AttentionNetwork"]

_FAR_BELOW = -1e9


class AttentionNetwork(nn.Module):
    """Sequences [n, L, width] to logits [n, classes].

    The last column of a step is 1 where there is a flow; attention looks at no other step.
    """

    def __init__(self, width: int, hidden: int, classes: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(width, hidden, num_layers=2, batch_first=True)
        self.attention = nn.Linear(hidden, 1)
        self.dense = nn.Linear(2 * hidden, hidden)
        self.classes = nn.Linear(hidden, classes)

    def forward(self, sequences: torch.Tensor) -> torch.Tensor:
        """Logits of each sequence's last flow."""
        steps, _ = self.lstm(sequences)
        weights = self.attention(torch.tanh(steps)).squeeze(-1)
        weights = weights.masked_fill(sequences[:, :, -1] < 0.5, _FAR_BELOW)
        summary = (steps * torch.softmax(weights, dim=1).unsqueeze(-1)).sum(dim=1)
        both = torch.cat([summary, steps[:, -1]], dim=1)
        logits: torch.Tensor = self.classes(torch.relu(self.dense(both)))
        return logits
