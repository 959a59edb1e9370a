"""Numbers in network byte order, read inside kernels; nobody checks bounds here."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

__all__ = ["u16", "u32", "u64"]


@numba.njit(cache=True, forceinline=True)
def u16(data: Any, at: int) -> Any:
    """Two bytes from index `at`, int64."""
    return (np.int64(data[at]) << 8) | np.int64(data[at + 1])


@numba.njit(cache=True, forceinline=True)
def u32(data: Any, at: int) -> Any:
    """Four bytes from index `at`, int64."""
    return (u16(data, at) << 16) | u16(data, at + 2)


@numba.njit(cache=True, forceinline=True)
def u64(data: Any, at: int) -> Any:
    """Eight bytes from index `at`, uint64."""
    high = np.uint64(u32(data, at))
    return (high << np.uint64(32)) | np.uint64(u32(data, at + 4))
