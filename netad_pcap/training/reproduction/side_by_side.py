"""Cells in several processes: they share nothing but the data that each of them reads."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ProcessPoolExecutor,
    as_completed,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from netad_pcap.errors import Interrupted, UsageError

__all__ = ["computed"]


def computed(
    function: Callable[..., dict[str, Any]], calls: Iterable[tuple[Any, ...]], processes: int
) -> Iterator[dict[str, Any]]:
    """What a function returns for each call, in the order in which they end.

    Args:
        function: of a module, so that another process finds it by its name.
        calls: its arguments; the next is asked for when a process is about to be free.
        processes: 1: this one, by all its threads; more: others, each by one thread, for two
            models that both fit by two threads on two cores wait for one another.

    Raises:
        UsageError: the system ended a process.
        Interrupted: Ctrl-C, while a cell was computed.
    """
    try:
        yield from (
            (function(*call) for call in calls)
            if processes == 1
            else _by_others(function, calls, processes)
        )
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted: the cells that were finished are kept; the same command goes on"
        ) from None


def _by_others(
    function: Callable[..., dict[str, Any]], calls: Iterable[tuple[Any, ...]], processes: int
) -> Iterator[dict[str, Any]]:
    # Spawned, for a fork of a process that runs threads may hang; not by joblib, which ends a
    # process that keeps 300 MB, as the tables that its next cell reads again are.
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        processes, multiprocessing.get_context("spawn"), initializer=_begin_alone
    )
    pending: set[Future[dict[str, Any]]] = set()
    try:
        for call in calls:
            pending.add(pool.submit(function, *call))
            if len(pending) == processes:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                # Those that failed come last: an error ends this, and nothing finished is lost.
                for future in sorted(done, key=lambda future: future.exception() is not None):
                    yield future.result()
        yield from (future.result() for future in as_completed(pending))
    except BrokenProcessPool as error:
        raise UsageError(
            "a process that computed cells was killed, as happens where memory is short; what "
            "was finished is kept: run again with fewer --jobs"
        ) from error
    finally:
        # Where all is done there are none: nobody waits minutes for a cell that nobody gets.
        for future in pending:
            future.cancel()
        if any(not future.done() for future in pending):
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
        pool.shutdown()


def _begin_alone() -> None:
    """One thread, in libraries that are loaded and that will be; Ctrl-C ends it without a word."""
    from threadpoolctl import threadpool_limits

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    threadpool_limits(1)
