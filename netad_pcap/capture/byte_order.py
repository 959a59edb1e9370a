"""Numbers of two and four bytes in either byte order, for kernels.

int64 throughout: numba makes floating point of int64 and uint64 together. Indices alone are
unsigned: they cannot count from the end, and only so does the compiler make one load of all bytes.
"""

from __future__ import annotations

from typing import Any

import numba
from numpy.typing import NDArray

__all__ = ["put_u32", "u16", "u32"]


@numba.njit(cache=True, nogil=True)
def u32(data: NDArray[Any], at: int, big_endian: bool) -> Any:
    """An unsigned number of 4 bytes."""
    first = numba.uint64(at)
    a, b = numba.int64(data[first]), numba.int64(data[first + numba.uint64(1)])
    c = numba.int64(data[first + numba.uint64(2)])
    d = numba.int64(data[first + numba.uint64(3)])
    if big_endian:
        return (a << 24) | (b << 16) | (c << 8) | d
    return (d << 24) | (c << 16) | (b << 8) | a


@numba.njit(cache=True, nogil=True)
def u16(data: NDArray[Any], at: int, big_endian: bool) -> Any:
    """An unsigned number of 2 bytes."""
    first = numba.uint64(at)
    a, b = numba.int64(data[first]), numba.int64(data[first + numba.uint64(1)])
    return (a << 8) | b if big_endian else (b << 8) | a


@numba.njit(cache=True, nogil=True)
def put_u32(buffer: NDArray[Any], at: int, number: int) -> None:
    """The lower 32 bits of a number, little-endian."""
    buffer[at] = number & 0xFF
    buffer[at + 1] = (number >> 8) & 0xFF
    buffer[at + 2] = (number >> 16) & 0xFF
    buffer[at + 3] = (number >> 24) & 0xFF
