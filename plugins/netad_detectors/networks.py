"""What our networks share: seeded fitting on one thread, weights as named arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

__all__ = [
    "Pace",
    "answer",
    "deterministic",
    "fit_batches",
    "fit_by_turns",
    "restored",
    "weights_of",
]

_PREFIX = "network."


class Pace(NamedTuple):
    """How long and how fast a network learns: passes over the rows, Adam's first rate."""

    epochs: int
    rate: float


@contextmanager
def deterministic(seed: int) -> Iterator[torch.Generator]:
    """torch on one thread with its own seed; what was set before is set again afterwards.

    More threads would sum in another order, and the same seed give other weights.
    """
    import torch

    threads = torch.get_num_threads()
    state = torch.random.get_rng_state()
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    try:
        yield generator
    finally:
        torch.random.set_rng_state(state)
        torch.set_num_threads(threads)


def fit_batches(
    network: torch.nn.Module,
    loss: Callable[[torch.Tensor], torch.Tensor],
    rows: int,
    *,
    epochs: int,
    batch_rows: int,
    learning_rate: float,
    generator: torch.Generator,
) -> None:
    """Adam with a rate that falls to zero along a cosine.

    Args:
        network: its parameters are fitted in place.
        loss: of the rows with these numbers (int64 tensor), a scalar.
        rows: how many rows there are.
        epochs: passes over all rows, in a new order each.
        batch_rows: rows per step.
        learning_rate: at the beginning.
        generator: for the orders.
    """
    import torch

    optimizer = torch.optim.Adam(network.parameters(), lr=learning_rate)
    steps = epochs * -(-rows // batch_rows)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(steps, 1))
    network.train()
    for _ in range(epochs):
        order = torch.randperm(rows, generator=generator)
        for batch in torch.split(order, batch_rows):
            optimizer.zero_grad()
            value = loss(batch)
            value.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    network.eval()


def fit_by_turns(
    players: Sequence[tuple[torch.nn.Module, Callable[[torch.Tensor], torch.Tensor]]],
    rows: int,
    *,
    epochs: int,
    batch_rows: int,
    learning_rate: float,
    generator: torch.Generator,
) -> None:
    """Networks with losses of their own, as adversaries have: on each batch an Adam step each.

    Args:
        players: a network and its loss of row numbers, in the order of their turns.
        rows: how many rows there are.
        epochs: passes over all rows, in a new order each.
        batch_rows: rows per step.
        learning_rate: of all of them.
        generator: for the orders.
    """
    import torch

    optimizers = [torch.optim.Adam(net.parameters(), lr=learning_rate) for net, _ in players]
    for network, _ in players:
        network.train()
    for _ in range(epochs):
        order = torch.randperm(rows, generator=generator)
        for batch in torch.split(order, batch_rows):
            for (network, loss), optimizer in zip(players, optimizers, strict=True):
                optimizer.zero_grad()
                value = loss(batch)
                value.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimizer.step()
    for network, _ in players:
        network.eval()


def weights_of(network: torch.nn.Module) -> dict[str, NDArray[Any]]:
    """A network's parameters as arrays, `network.` before their names."""
    return {
        _PREFIX + name: tensor.detach().cpu().numpy().copy()
        for name, tensor in network.state_dict().items()
    }


def restored(
    build: Callable[[], torch.nn.Module], arrays: Mapping[str, NDArray[Any]]
) -> torch.nn.Module:
    """A network with the parameters of `weights_of`.

    Args:
        build: makes the network; whatever it draws at random is put back and replaced.
        arrays: its parameters among others.

    Raises:
        ValueError: an array is missing or of a wrong shape.
    """
    import torch

    with deterministic(0):
        network = build()
    state = {}
    for name, tensor in network.state_dict().items():
        array = arrays.get(_PREFIX + name)
        if array is None or array.shape != tuple(tensor.shape):
            raise ValueError(f"array {_PREFIX + name!r} must have shape {tuple(tensor.shape)}")
        state[name] = torch.from_numpy(np.array(array, np.float32))
    network.load_state_dict(state)
    return network.eval()


def answer(network: torch.nn.Module, block: NDArray[Any]) -> NDArray[Any]:
    """What a network makes of a block of inputs, on the device where its parameters lie."""
    import torch

    device = next(network.parameters()).device
    with torch.no_grad():
        result: NDArray[Any] = network(torch.from_numpy(block).to(device)).cpu().numpy()
    return result
