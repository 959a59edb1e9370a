"""Encoders and decoders of dense layers."""

from __future__ import annotations

from torch import nn

__all__ = ["decoder", "encoder"]


def encoder(width: int, hidden: int, code: int) -> nn.Sequential:
    """Two layers down to a code between −1 and 1."""
    return nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, code), nn.Tanh())


def decoder(width: int, hidden: int, code: int) -> nn.Sequential:
    """Two layers back."""
    return nn.Sequential(nn.Linear(code, hidden), nn.ReLU(), nn.Linear(hidden, width))
