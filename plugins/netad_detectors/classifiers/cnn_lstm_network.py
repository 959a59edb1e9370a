"""The network of `cnn_lstm`."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["FiltersThenSteps"]


class FiltersThenSteps(nn.Module):
    """Sequences of one step [n, 1, width] to logits [n, classes]."""

    def __init__(self, hidden: int, classes: int) -> None:
        super().__init__()
        self.filters = nn.Sequential(
            nn.Conv1d(1, hidden // 2, 5, padding=2), nn.ReLU(), nn.MaxPool1d(4)
        )
        self.lstm = nn.LSTM(hidden // 2, hidden, batch_first=True)
        self.classes = nn.Linear(hidden, classes)

    def forward(self, sequences: torch.Tensor) -> torch.Tensor:
        """Logits of each flow."""
        found = self.filters(sequences).transpose(1, 2)
        steps, _ = self.lstm(found)
        logits: torch.Tensor = self.classes(steps.mean(dim=1))
        return logits
