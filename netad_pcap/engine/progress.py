"""How far a run is: told to whoever draws a bar. The engine prints nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

__all__ = ["Progress", "ProgressReport", "bytes_of"]


@dataclass(frozen=True)
class Progress:
    """Where a run is.

    Attributes:
        source: name of the capture or table being read.
        packets: read so far, of all captures.
        flows: rows so far.
        share: of the bytes of all sources, 0 to 1; None where it cannot be known.
        open_flows: flows that are not yet rows.
        dropped: packets of a live capture for which there was no room.
    """

    source: str
    packets: int
    flows: int
    share: float | None
    open_flows: int = 0
    dropped: int = 0


ProgressReport: TypeAlias = Callable[[Progress], None]


def bytes_of(names: tuple[str, ...]) -> int | None:
    """Size of all files together; None where one of them has none (standard input)."""
    total = 0
    for name in names:
        try:
            total += Path(name).stat().st_size
        except OSError:
            return None
    return total or None
