"""What a user named, sorted: captures, flow tables, and what cannot be read."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from netad_pcap.errors import CaptureError, NetadError, UsageError

__all__ = ["PathLike", "Sources", "find_sources", "refuse_damaged", "say_unreadable"]

PathLike: TypeAlias = str | os.PathLike[str]


@dataclass(frozen=True)
class Sources:
    """Sources in the order in which they were named; folders are searched.

    Attributes:
        names: captures, or flow tables.
        tables: they are flow tables.
        unreadable: name → why; never the only source.
    """

    names: tuple[str, ...]
    tables: bool
    unreadable: dict[str, CaptureError]


def find_sources(paths: PathLike | Sequence[PathLike], *, allow_tables: bool = True) -> Sources:
    """Look at what was named; a file that is named twice, or lies in a folder too, is read once.

    Raises:
        CaptureError: nothing of it can be read.
        UsageError: captures and flow tables are mixed, or only tables of other things are named.
    """
    from netad_pcap.capture import find_captures

    named = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    found: list[str] = []
    unreadable: dict[str, CaptureError] = {}
    for path in [os.fspath(name) for name in named]:
        try:
            found.extend(find_captures([path]))
        except CaptureError as error:
            if len(named) == 1:
                raise
            unreadable[path] = error
    if not found:
        raise CaptureError(say_unreadable(unreadable))
    once: dict[tuple[int, int] | str, str] = {}
    for name in found:
        once.setdefault(_identity(name), name)
    found = list(once.values())
    tables = [name for name in found if allow_tables and _is_table(name)]
    others = [name for name in found if name not in tables]
    if allow_tables and all(map(_is_called_a_table, others)):
        for name in others:
            _refuse_other_table(name)
    if tables and others:
        raise UsageError(
            f"{tables[0]} is a flow table and {others[0]} is not; analyze them one after the other"
        )
    return Sources(tuple(found), bool(tables), unreadable)


def refuse_damaged(names: Sequence[str]) -> None:
    """Walk over the records before anything is metered (`--strict-capture`).

    Standard input and pipes can be read only once; what is wrong with them is seen later.

    Raises:
        CaptureError: one of them is damaged.
    """
    from netad_pcap.capture import open_capture

    for name in names:
        if not _is_regular(name):
            continue
        with open_capture(name) as reader:
            for _ in reader.blocks():
                pass
            for damage in reader.health.damage:
                raise CaptureError(
                    f"{name} is damaged: {damage.message} at byte {damage.offset:,} "
                    f"(frame {damage.frame:,}); without --strict-capture what comes before "
                    "it is analyzed"
                )


def say_unreadable(unreadable: Mapping[str, NetadError]) -> str:
    """One line about what could not be read."""
    reasons = [str(error) for error in unreadable.values()]
    if len(reasons) == 1:
        return reasons[0]
    more = f" (and {len(reasons) - 1:,} more)" if len(reasons) > 1 else ""
    return f"{len(reasons):,} captures cannot be read: {reasons[0]}{more}"


def _identity(name: str) -> tuple[int, int] | str:
    """The same for all names of a file; what is no file is what it is called."""
    if not _is_regular(name):
        return name
    status = Path(name).stat()
    return status.st_dev, status.st_ino


def _is_table(name: str) -> bool:
    from netad_pcap.capture.tables import is_flow_table

    return _is_regular(name) and is_flow_table(name)


def _is_called_a_table(name: str) -> bool:
    return bool({".csv", ".parquet"}.intersection(Path(name).suffixes))


def _refuse_other_table(name: str) -> None:
    """A table that is none of flows is told so; what begins as a capture is one, however called."""
    from netad_pcap.capture.files import may_be_capture
    from netad_pcap.capture.tables import open_flow_table

    if _is_regular(name) and not may_be_capture(Path(name)):
        open_flow_table(name, allow_missing=True)


def _is_regular(name: str) -> bool:
    try:
        return name != "-" and stat.S_ISREG(Path(name).stat().st_mode)
    except OSError:
        return False
