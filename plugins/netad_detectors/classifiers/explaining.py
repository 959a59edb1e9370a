"""Which columns make a network take a flow for an attack: gradient times difference.

How −log P(benign) changes where the flow stands, times how far the flow is from one that is usual
in every column: what has its usual value adds nothing. It is the last point of the path that
integrated gradients follow (Sundararajan, Taly and Yan, Axiomatic Attribution for Deep Networks,
ICML 2017); −log P(benign) does not level off at its end, and deletion says no less of this point
than of sixteen. Flows are rounded first: those of a flood are few then.
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
    known: NDArray[np.intp],
    benign: int,
    usual: NDArray[np.float32],
) -> NDArray[np.float64]:
    """What each cell adds to the novelty of some rows, summed over their steps, [k, cells].

    Args:
        network: sequences to logits of all families.
        windows: the flows.
        rows: int [k], of the windows' history.
        known: places of the families that count.
        benign: place of benign among these.
        usual: float32 [cells], what the cells of a usual flow hold; the last of a step's width,
            behind them, is the mark of a flow.
    """
    steps, usual = (np.round(x / _GRAIN) * np.float32(_GRAIN) for x in (windows.steps, usual))
    sequences = steps[windows.history[rows]]
    alike = np.ascontiguousarray((sequences / _GRAIN).astype(np.int8)).reshape(len(rows), -1)
    _, first, place = np.unique(alike, axis=0, return_index=True, return_inverse=True)
    parts = score_in_blocks(
        lambda block: _gradients(network, block, known, benign, usual),
        sequences[first],
        _BLOCK_ROWS,
    )[place.reshape(-1)]
    result: NDArray[np.float64] = parts.astype(np.float64)
    return result


def _gradients(
    network: torch.nn.Module,
    sequences: NDArray[np.float32],
    known: NDArray[np.intp],
    benign: int,
    usual: NDArray[np.float32],
) -> NDArray[np.float32]:
    """float32 [n, cells], summed over the steps of each sequence [n, L, width]."""
    import torch

    device = next(network.parameters()).device
    given = torch.from_numpy(sequences).to(device).requires_grad_(True)
    # cuDNN gives no gradients of a recurrent network that is not learning.
    with torch.backends.cudnn.flags(enabled=False):
        logits = network(given)[:, torch.from_numpy(known).to(device)]
        novelty = -torch.log_softmax(logits, dim=1)[:, benign]
        (gradient,) = torch.autograd.grad(novelty.sum(), given)
    there = given.detach()[:, :, -1:]  # where there is no flow, none is unusual
    difference = given.detach()[:, :, : len(usual)] - there * torch.from_numpy(usual).to(device)
    summed = (gradient[:, :, : len(usual)] * difference).sum(dim=1)
    parts: NDArray[np.float32] = summed.cpu().numpy()
    return parts
