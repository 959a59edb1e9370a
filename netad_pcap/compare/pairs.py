"""Flows that are in both tables, as columns side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.compare.matching import Matching
from netad_pcap.compare.side import Side

__all__ = ["Pairs", "View"]


@dataclass(frozen=True, eq=False)
class View:
    """One side of the pairs: `view("Tot Fwd Pkts")` is that column in the order of the pairs."""

    side: Side
    rows: NDArray[np.int64]

    @property
    def profile(self) -> str | None:
        """Whose numbers these are."""
        return self.side.table.profile

    def has(self, *names: str) -> bool:
        """Whether it has all these numeric columns."""
        return all(self.side.has(name) for name in names)

    def __call__(self, name: str) -> NDArray[Any]:
        """A numeric column in the order of the pairs."""
        return self.side.column(name, self.rows)

    def packets(self) -> NDArray[np.int64]:
        """Packets of both directions, int64 [pairs]."""
        return np.asarray(self("Tot Fwd Pkts") + self("Tot Bwd Pkts"), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Matched flows.

    Attributes:
        a, b: the two sides, in the order of the pairs.
        reversed_: source and destination are exchanged, bool [pairs].
    """

    a: View
    b: View
    reversed_: NDArray[np.bool_]

    @classmethod
    def of(cls, a: Side, b: Side, matching: Matching) -> Pairs:
        """The pairs of a matching."""
        return cls(View(a, matching.rows_a), View(b, matching.rows_b), matching.reversed_)

    def __len__(self) -> int:
        return len(self.reversed_)

    def has(self, *names: str) -> bool:
        """Whether both tables have all these numeric columns."""
        return self.a.has(*names) and self.b.has(*names)

    def turned(self) -> Pairs:
        """The same with A and B exchanged."""
        return Pairs(self.b, self.a, self.reversed_)
