"""Cells in several processes: they share nothing but the data that each of them reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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
    import joblib

    with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        run = joblib.Parallel(
            n_jobs=processes,
            batch_size=1,
            pre_dispatch=processes,
            return_as="generator_unordered",
        )
        try:
            yield from run(joblib.delayed(function)(*call) for call in calls)
        except BrokenProcessPool as error:
            raise UsageError(
                "a process that computed cells was killed, as happens where memory is short; what "
                "was finished is kept: run again with fewer --jobs"
            ) from error
