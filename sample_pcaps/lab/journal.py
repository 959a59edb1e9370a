"""What was really done: a line for each start of an activity, written when it has ended."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

__all__ = ["Entry", "Journal", "read_journal"]


@dataclass(frozen=True)
class Entry:
    """Flows of one start: from whom to whom, when, as what.

    Attributes:
        what: kind of activity.
        family: of its flows.
        tool: the program.
        host: name of the host.
        src: its address, or a network of forged ones.
        dst: address or network.
        src_port: None: any.
        dst_port: None: any.
        protocol: None: any.
        start: epoch seconds, just before the command began.
        end: when it had ended.
        status: exit status of the command; negative: ended by that signal.
    """

    what: str
    family: str
    tool: str
    host: str
    src: str
    dst: str
    src_port: int | None
    dst_port: int | None
    protocol: int | None
    start: float
    end: float
    status: int


_NUMBERS = ("src_port", "dst_port", "protocol", "status")
_TIMES = ("start", "end")


class Journal:
    """Entries of a run, kept by several threads."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def add(self, entries: Iterable[Entry]) -> None:
        """Keeps what was done."""
        with self._lock:
            self._entries.extend(entries)

    @property
    def entries(self) -> list[Entry]:
        """In order of their starts."""
        with self._lock:
            return sorted(self._entries, key=lambda entry: entry.start)

    def write(self, path: Path) -> None:
        """As CSV; an empty cell is any."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(field.name for field in fields(Entry))
            for entry in self.entries:
                cells = [f"{c:.6f}" if isinstance(c, float) else c for c in astuple(entry)]
                writer.writerow(["" if cell is None else cell for cell in cells])


def read_journal(path: Path) -> list[Entry]:
    """What `Journal.write` wrote."""
    with path.open(encoding="utf-8", newline="") as file:
        return [_entry(line) for line in csv.DictReader(file)]


def _entry(line: dict[str, str]) -> Entry:
    numbers = {name: int(line[name]) if line[name] else None for name in _NUMBERS}
    times = {name: float(line[name]) for name in _TIMES}
    texts = {f.name: line[f.name] for f in fields(Entry) if f.name not in {*_NUMBERS, *_TIMES}}
    return Entry(**texts, **numbers, **times)  # type: ignore[arg-type]
