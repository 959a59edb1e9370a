"""Numbers in network byte order, read inside kernels; nobody checks bounds here.

An unsigned index cannot count from the end: only so does the compiler make one load of all bytes.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

__all__ = ["u8", "u16", "u32", "u64"]


@numba.njit(cache=True, forceinline=True)
def u8(data: Any, at: int) -> Any:
    """The byte at index `at`, int64."""
    return np.int64(data[np.uint64(at)])


@numba.njit(cache=True, forceinline=True)
def u16(data: Any, at: int) -> Any:
    """Two bytes from index `at`, int64."""
    a = np.uint64(at)
    return (np.int64(data[a]) << 8) | np.int64(data[a + np.uint64(1)])


@numba.njit(cache=True, forceinline=True)
def u32(data: Any, at: int) -> Any:
    """Four bytes from index `at`, int64."""
    return (u16(data, at) << 16) | u16(data, at + 2)


@numba.njit(cache=True, forceinline=True)
def u64(data: Any, at: int) -> Any:
    """Eight bytes from index `at`, uint64."""
    high = np.uint64(u32(data, at))
    return (high << np.uint64(32)) | np.uint64(u32(data, at + 4))
