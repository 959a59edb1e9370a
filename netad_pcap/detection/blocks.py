"""Scoring in blocks of one fixed shape, so that batch size changes no bit.

A network's result for a row depends, in its last bits, on how many rows are computed at
once (torch on one row and on 3,000 differ in every row). With blocks of one shape the same
kernel runs each time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ALIGNMENT", "padded_width", "score_in_blocks"]

#: A network's layers should be multiples of this wide: where an input width is odd, torch's
#: CPU kernels take the last columns in another way near the edges of a block, and a row's
#: place in the block changes its last bits (seen at widths 33 and 77, not at multiples of 4).
ALIGNMENT = 16


def padded_width(width: int, alignment: int = ALIGNMENT) -> int:
    """The next multiple of `alignment`: how wide to make a layer (the rest stays zero)."""
    return -(-width // alignment) * alignment


def score_in_blocks(
    function: Callable[[NDArray[Any]], NDArray[Any]], matrix: NDArray[Any], block_rows: int
) -> NDArray[Any]:
    """Apply a row-wise function to `matrix`, always to exactly `block_rows` rows.

    Args:
        function: takes [block_rows, …], gives [block_rows, …]; row i of the result depends on
            row i alone.
        matrix: [n, …].
        block_rows: rows per call; the last block is filled up with zeros.

    Returns:
        [n, …], the rows of the filling cut off. For n = 0 the function is called once, for
        the shape of its result.
    """
    if block_rows < 1:
        raise ValueError("block_rows must be at least 1")
    n = len(matrix)
    parts = []
    for begin in range(0, max(n, 1), block_rows):
        block = matrix[begin : begin + block_rows]
        rows = len(block)
        if rows < block_rows:
            filled = np.zeros((block_rows, *matrix.shape[1:]), matrix.dtype)
            filled[:rows] = block
            block = filled
        result = np.asarray(function(block))
        if len(result) != block_rows:
            raise ValueError(f"a block of {block_rows} rows gave {len(result)} rows")
        parts.append(result[:rows])
    return np.concatenate(parts)
