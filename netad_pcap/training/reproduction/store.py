"""Cells as they are kept, and committed: a JSON file an experiment, a cell a line.

The file beside a page is the only store: a fresh clone goes on where it ends.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from netad_pcap.errors import OutputError, UsageError
from netad_pcap.report import make_folder, open_output

__all__ = ["Store", "check_folder", "write_whole"]


class Store:
    """The cells of one experiment.

    Args:
        path: of the file, there or not.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def cells(self) -> list[dict[str, Any]]:
        """All of them, as they stand there.

        Raises:
            UsageError: the file is no such file: cells took hours, so none is overwritten unread.
        """
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        try:
            found = json.loads(text)["cells"]
            if all({"method", "seed"} <= cell.keys() for cell in found):
                return list(found)
        except (ValueError, TypeError, KeyError, AttributeError):
            pass
        raise UsageError(f"{self.path}: holds no cells of results; restore or remove it")

    def find(self, method: str, seed: int, key: str) -> dict[str, Any] | None:
        """The cell of a method and a seed, if it is there and has this key."""
        for cell in self.cells():
            if (cell["method"], cell["seed"], cell.get("key")) == (method, seed, key):
                return cell
        return None

    def put(self, cell: Mapping[str, Any]) -> None:
        """Adds a cell, in the place of one of the same method and seed; the file is whole at any
        time, and several processes may add to it.

        Raises:
            OutputError: it cannot be written.
            UsageError: what stands there holds no cells.
        """
        make_folder(self.path.parent)
        with _locked(self.path.parent):
            others = [
                other
                for other in self.cells()
                if (other["method"], other["seed"]) != (cell["method"], cell["seed"])
            ]
            self.write({"experiment": cell["experiment"]}, [*others, cell])

    def write(self, head: Mapping[str, Any], cells: Sequence[Mapping[str, Any]]) -> None:
        """The whole file: what holds of all cells, and the cells."""
        lines = ",\n".join(json.dumps(cell, sort_keys=True) for cell in cells)
        write_whole(self.path, f'{json.dumps(dict(head))[:-1]}, "cells": [\n{lines}\n]}}\n')


def check_folder(folder: Path) -> None:
    """Say early that nothing can be kept there: before hours of computing, not after.

    Raises:
        OutputError: it is no folder, or there is no right to write in it or to make it.
    """
    try:
        there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    except PermissionError as problem:
        raise OutputError(f"{folder}: {problem.strerror}; name another with -o") from None
    if not there.is_dir():
        raise OutputError(f"{there}: is no folder; name another with -o")
    if not os.access(there, os.W_OK | os.X_OK):
        raise OutputError(f"{there}: no right to write there; name another folder with -o")


def write_whole(path: Path, text: str) -> None:
    """A file, and the folder for it, whole or not at all, whoever else writes it meanwhile.

    Raises:
        OutputError: it cannot be written.
    """
    make_folder(path.parent)
    with open_output(path, force=True) as file:
        file.write(text.encode())


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Nobody else who asks is in here; leaves no file."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
