"""The networks of `ensemble`: all small autoencoders at once, and the one over their errors."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from netad_pcap.detection import padded_width

__all__ = ["EnsembleNetwork"]

#: Of a group's error: one that never varied must not decide alone.
_LEAST_DEVIATION = 0.05


class EnsembleNetwork(nn.Module):
    """Flows [n, width] to what each cell adds to the score, [n, width].

    Args:
        groups: [k, m], cells of each small autoencoder, −1 for none.
        width: of the input.
    """

    where: torch.Tensor
    there: torch.Tensor
    narrow: torch.Tensor
    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, groups: NDArray[np.int64], width: int) -> None:
        super().__init__()
        count, size = groups.shape
        hidden = padded_width(size * 3 // 4, 4)
        bound = size**-0.5
        self.width = width
        self.down = nn.Parameter(torch.empty(count, size, hidden).uniform_(-bound, bound))
        self.down_bias = nn.Parameter(torch.zeros(count, 1, hidden))
        self.up = nn.Parameter(torch.empty(count, hidden, size).uniform_(-bound, bound))
        self.up_bias = nn.Parameter(torch.zeros(count, 1, size))
        # Three quarters of the cells that there are, not of the places for them.
        units = np.ceil(0.75 * (groups >= 0).sum(axis=1, keepdims=True))
        narrow = (np.arange(hidden) < units)[:, None, :].astype(np.float32)
        self.register_buffer("narrow", torch.from_numpy(narrow), persistent=False)
        self.outer_width = outer = padded_width(count)
        self.outer = nn.Sequential(
            nn.Linear(outer, outer * 3 // 4), nn.Sigmoid(), nn.Linear(outer * 3 // 4, outer)
        )
        self.register_buffer("mean", torch.zeros(count))
        self.register_buffer("deviation", torch.ones(count))
        self.register_buffer("where", torch.from_numpy(np.maximum(groups, 0)), persistent=False)
        self.register_buffer(
            "there", torch.from_numpy((groups >= 0).astype(np.float32)), persistent=False
        )

    def cell_errors(self, given: torch.Tensor) -> torch.Tensor:
        """Squared error of each cell in its group, [n, k, m]."""
        inputs = given[:, self.where] * self.there
        codes = torch.sigmoid(inputs.transpose(0, 1) @ self.down + self.down_bias) * self.narrow
        rebuilt = (codes @ self.up + self.up_bias).transpose(0, 1)
        result: torch.Tensor = (rebuilt - inputs) ** 2 * self.there
        return result

    def errors(self, given: torch.Tensor) -> torch.Tensor:
        """Root of each group's mean squared error, [n, k]."""
        return self._roots(self.cell_errors(given))

    def settle(self, errors: torch.Tensor, shares: torch.Tensor) -> None:
        """Takes the errors' mean and deviation: the outer one reads them scaled, [n, k]."""
        weight = (shares / shares.sum()).unsqueeze(1)
        self.mean = (errors * weight).sum(dim=0)
        self.deviation = ((errors - self.mean) ** 2 * weight).sum(dim=0).sqrt()
        self.deviation = self.deviation.clamp_min(_LEAST_DEVIATION)

    def outer_error(self, errors: torch.Tensor) -> torch.Tensor:
        """Squared error of each group's error, [n, k]."""
        inputs = torch.zeros(len(errors), self.outer_width, device=errors.device)
        inputs[:, : errors.shape[1]] = (errors - self.mean) / self.deviation
        result: torch.Tensor = ((self.outer(inputs) - inputs) ** 2)[:, : errors.shape[1]]
        return result

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        """The outer error, shared among groups and cells by their errors."""
        cells = self.cell_errors(given)
        outer = self.outer_error(self._roots(cells)) / cells.shape[1]
        share = (cells + 1e-12) * self.there
        share = share / share.sum(dim=2, keepdim=True)
        parts = torch.zeros(len(given), self.width, device=given.device)
        return parts.index_add(1, self.where.flatten(), (share * outer.unsqueeze(2)).flatten(1))

    def _roots(self, cells: torch.Tensor) -> torch.Tensor:
        mean = cells.sum(dim=2) / self.there.sum(dim=1)
        return torch.sqrt(mean + 1e-12)
