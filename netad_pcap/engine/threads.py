"""How many threads the heavy libraries may use, set before they are first imported."""

from __future__ import annotations

import os
import sys

__all__ = ["limit_threads", "usable_cores"]

#: What multiplies matrices, in torch, numpy and scikit-learn.
_MATRICES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
_OTHERS = ("NUMBA_NUM_THREADS", "POLARS_MAX_THREADS")


def limit_threads(threads: int | None) -> None:
    """At most so many threads at once; None: as many as there are cores, or the environment says.

    So many detectors are asked at once (`Scorer`), each from a thread of its own. So a matrix is
    multiplied by one thread, or there would be as many times as many. It is faster, too: the
    networks here are small, and with two threads the same scores took several times the CPU time,
    most of it waiting (`python -m benchmarks scoring`).
    """
    if threads is None:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        return
    for variable in _MATRICES:
        os.environ[variable] = "1"
    for variable in _OTHERS:
        os.environ[variable] = str(threads)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)


def usable_cores() -> int:
    """How many cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux alone has it.
    return len(affinity(0)) if affinity else os.cpu_count() or 1
