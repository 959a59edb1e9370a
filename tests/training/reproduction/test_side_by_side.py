"""Cells in several processes are the cells of one; a process that dies is told in a line."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netad_pcap.errors import Interrupted, ModelError, UsageError
from netad_pcap.training.reproduction import reproduce
from netad_pcap.training.reproduction.side_by_side import computed
from netad_pcap.training.reproduction.store import Store
from tests.training.reproduction.made_up import write_tables

#: What a cell tells of the clock.
_TIMES = ("seconds", "rows_per_second")


def squared(number: int) -> dict[str, Any]:
    return {"number": number, "square": number**2, "process": os.getpid()}


def killed(number: int) -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {"number": number}


def interrupted_after(calls: int) -> Iterator[tuple[int]]:
    for number in range(calls):
        yield (number,)
    raise KeyboardInterrupt


def refused(number: int) -> dict[str, Any]:
    raise ModelError(f"{number} is too few")


@pytest.mark.parametrize("processes", [1, 2])
def test_every_call_is_answered_once(processes: int) -> None:
    found = list(computed(squared, ((number,) for number in range(9)), processes))
    assert sorted(cell["square"] for cell in found) == [number**2 for number in range(9)]
    assert (os.getpid() in {cell["process"] for cell in found}) == (processes == 1)


def test_calls_are_asked_for_when_they_are_due() -> None:
    asked: list[int] = []

    def calls() -> Any:
        for number in range(20):
            asked.append(number)
            yield (number,)

    next(computed(squared, calls(), 1))
    assert asked == [0]


def test_errors_of_another_process_are_ours() -> None:
    with pytest.raises(ModelError, match=r"^3 is too few$"):
        list(computed(refused, [(3,)], 2))
    with pytest.raises(UsageError, match="fewer --jobs"):
        list(computed(killed, [(1,), (2,)], 2))


@pytest.mark.parametrize("processes", [1, 2])
def test_what_was_finished_is_said_to_be_kept(processes: int) -> None:
    with pytest.raises(Interrupted, match="kept"):
        list(computed(squared, interrupted_after(1), processes))


def test_two_processes_give_the_cells_of_one(tmp_path: Path) -> None:
    tables = write_tables(tmp_path / "tables")
    given: dict[str, Any] = {"data": tables, "methods": ["gradient_boosting", "pca", "mlp"]}
    found = []
    for processes in (1, 2):
        folder = tmp_path / str(processes)
        reproduce(["nsl-kdd"], folder, **given, seeds=(0, 1), processes=processes)
        cells = Store(folder / "nsl-kdd.json").cells()
        cells.sort(key=lambda cell: (cell["method"], cell["seed"]))
        found.append([{k: v for k, v in c.items() if k not in _TIMES} for c in cells])
    assert len(found[0]) == 6
    assert found[0] == found[1]
