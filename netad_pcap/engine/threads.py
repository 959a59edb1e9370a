"""How many threads the heavy libraries may use, set before they are first imported."""

from __future__ import annotations

import os
import sys

__all__ = ["limit_threads", "usable_cores"]

_VARIABLES = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS", "MKL_NUM_THREADS")


def limit_threads(threads: int | None) -> None:
    """At most so many threads in each library; None: one for small matrices, else their choice.

    The networks here are small: with two threads the same scores took several times the CPU
    time, most of it waiting (`python -m benchmarks scoring`).
    """
    if threads is None:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        return
    for variable in _VARIABLES:
        os.environ[variable] = str(threads)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(threads)


def usable_cores() -> int:
    """How many cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux alone has it.
    return len(affinity(0)) if affinity else os.cpu_count() or 1
