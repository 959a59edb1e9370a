"""Which columns make a network take a flow for an attack: integrated gradients.

Sundararajan, Taly and Yan, Axiomatic Attribution for Deep Networks, ICML 2017, of −log P(benign),
from flows that are average in every column to these. Of one point of the path, its middle,
deletion says the same as of sixteen. Flows are rounded first: those of a flood are few then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netad_detectors.windows import Windows
from netad_pcap.detection import score_in_blocks

if TYPE_CHECKING:
    import torch

__all__ = ["explained"]

_BLOCK_ROWS = 128
#: To what scaled columns are rounded before they are explained.
_GRAIN = 0.25


def explained(
    network: torch.nn.Module,
    windows: Windows,
    rows: NDArray[np.intp],
    cells: int,
    known: NDArray[np.intp],
    benign: int,
) -> NDArray[np.float64]:
    """What each cell adds to the novelty of some rows, summed over their steps, [k, cells].

    Args:
        network: sequences to logits of all families.
        windows: the flows.
        rows: int [k], of the windows' history.
        cells: how many of a step's width are cells; behind them stands the mark of a flow.
        known: places of the families that count.
        benign: place of benign among these.
    """
    steps = np.round(windows.steps / _GRAIN) * np.float32(_GRAIN)
    sequences = steps[windows.history[rows]]
    alike = np.ascontiguousarray((sequences / _GRAIN).astype(np.int8)).reshape(len(rows), -1)
    _, first, place = np.unique(alike, axis=0, return_index=True, return_inverse=True)
    parts = score_in_blocks(
        lambda block: _gradients(network, block, cells, known, benign),
        sequences[first],
        _BLOCK_ROWS,
    )[place.reshape(-1)]
    result: NDArray[np.float64] = parts.astype(np.float64)
    return result


def _gradients(
    network: torch.nn.Module,
    sequences: NDArray[np.float32],
    cells: int,
    known: NDArray[np.intp],
    benign: int,
) -> NDArray[np.float32]:
    """float32 [n, cells], summed over the steps of each sequence [n, L, width]."""
    import torch

    device = next(network.parameters()).device
    given = torch.from_numpy(sequences).to(device)
    middle = given.clone()
    middle[:, :, :cells] *= 0.5
    middle.requires_grad_(True)
    logits = network(middle)[:, torch.from_numpy(known).to(device)]
    novelty = -torch.log_softmax(logits, dim=1)[:, benign]
    (gradient,) = torch.autograd.grad(novelty.sum(), middle)
    parts: NDArray[np.float32] = (gradient * given)[:, :, :cells].sum(dim=1).cpu().numpy()
    return parts
