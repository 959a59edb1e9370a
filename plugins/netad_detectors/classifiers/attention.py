"""Networks of two LSTM layers: with attention over their steps, and without."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["AttentionNetwork", "LastStepNetwork", "WeightedSumNetwork"]

_FAR_BELOW = -1e9


class AttentionNetwork(nn.Module):
    """Sequences [n, L, width] to logits [n, classes].

    The last column of a step is 1 where there is a flow; attention looks at no other step. The
    dense layers see the last flow itself too: what it says alone need not pass the recurrence.
    """

    def __init__(self, width: int, hidden: int, classes: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(width, hidden // 2, batch_first=True)
        self.attention = nn.Linear(hidden // 2, 1)
        self.dense = nn.Linear(hidden // 2 * 2 + width, 2 * hidden)
        self.narrow = nn.Linear(2 * hidden, 2 * hidden)
        self.classes = nn.Linear(2 * hidden, classes)

    def forward(self, sequences: torch.Tensor) -> torch.Tensor:
        """Logits of each sequence's last flow."""
        steps, _ = self.lstm(sequences)
        weights = _attention(self.attention(torch.tanh(steps)), sequences)
        summary = (steps * weights).sum(dim=1)
        seen = torch.cat([summary, steps[:, -1], sequences[:, -1]], dim=1)
        dense = torch.relu(self.narrow(torch.relu(self.dense(seen))))
        logits: torch.Tensor = self.classes(dense)
        return logits


class WeightedSumNetwork(nn.Module):
    """The paper's: u = tanh(W h + b), α = softmax(uᵀ w), v = Σ α h, then three dense layers."""

    def __init__(self, width: int, hidden: int, classes: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(width, hidden, num_layers=2, batch_first=True)
        self.hidden = nn.Linear(hidden, hidden)
        self.context = nn.Linear(hidden, 1, bias=False)
        self.dense = nn.Sequential(
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden // 2),
            nn.ReLU(),
            nn.Linear(hidden // 2, classes),
        )

    def forward(self, sequences: torch.Tensor) -> torch.Tensor:
        """Logits of each sequence's last flow."""
        steps, _ = self.lstm(sequences)
        weights = _attention(self.context(torch.tanh(self.hidden(steps))), sequences)
        logits: torch.Tensor = self.dense((steps * weights).sum(dim=1))
        return logits


class LastStepNetwork(nn.Module):
    """The state behind the last flow, and two dense layers."""

    def __init__(self, width: int, hidden: int, classes: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(width, hidden, num_layers=2, batch_first=True)
        self.dense = nn.Sequential(nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, classes))

    def forward(self, sequences: torch.Tensor) -> torch.Tensor:
        """Logits of each sequence's last flow."""
        steps, _ = self.lstm(sequences)
        logits: torch.Tensor = self.dense(steps[:, -1])
        return logits


def _attention(opinions: torch.Tensor, sequences: torch.Tensor) -> torch.Tensor:
    """Shares of the steps, [n, L, 1]: none of a step that holds no flow."""
    weights = opinions.squeeze(-1).masked_fill(sequences[:, :, -1] < 0.5, _FAR_BELOW)
    return torch.softmax(weights, dim=1).unsqueeze(-1)
