"""Tails of columns, one calibration each, as arrays of a bundle and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection import Calibration

__all__ = ["arrays_of_tails", "tails_of_arrays"]


def arrays_of_tails(tails: Sequence[Calibration]) -> dict[str, NDArray[Any]]:
    """Tails one behind the other: `tail_scores`, `tail_weights` and `tail_lengths`."""
    return {
        "tail_scores": np.concatenate([tail.scores for tail in tails]),
        "tail_weights": np.concatenate([tail.at_least for tail in tails]),
        "tail_lengths": np.array([len(tail.scores) for tail in tails]),
    }


def tails_of_arrays(arrays: Mapping[str, NDArray[Any]], columns: int) -> tuple[Calibration, ...]:
    """From `arrays_of_tails`.

    Args:
        arrays: a stranger's, perhaps.
        columns: how many tails there must be.

    Raises:
        ValueError: an array is missing or of a wrong shape, or a column has no tail.
    """
    if "tail_lengths" not in arrays or arrays["tail_lengths"].shape != (columns,):
        raise ValueError(f"array 'tail_lengths' must be of shape {(columns,)}")
    lengths = arrays["tail_lengths"].astype(np.int64)
    ends = np.cumsum(lengths)
    for name in ("tail_scores", "tail_weights"):
        if name not in arrays or arrays[name].shape != (int(ends[-1]),):
            raise ValueError(f"array {name!r} must hold as many numbers as tails have")
    if (lengths < 1).any():
        raise ValueError("every column has a tail")
    scores = np.split(arrays["tail_scores"], ends[:-1])
    weights = np.split(arrays["tail_weights"], ends[:-1])
    return tuple(map(Calibration, scores, weights))
