"""What a study is: flows and a protocol, on which any method gives figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from netad_pcap.training.reproduction.methods import Method

__all__ = ["Places", "Study"]


@dataclass(frozen=True)
class Places:
    """Where data lie.

    Attributes:
        data: folder of `tables/` and `captures/`.
        lab: what `make lab-dataset` recorded; None: not here.
    """

    data: Path
    lab: Path | None = None


class Study(Protocol):
    """A set of flows and a protocol."""

    @property
    def name(self) -> str:
        """As users write it."""

    @property
    def title(self) -> str:
        """What is learned from → what is tried."""

    @property
    def says(self) -> tuple[str, ...]:
        """How, a sentence each."""

    @property
    def tests(self) -> Mapping[str, str]:
        """What it is tried on, a column of the table each: name → heading."""

    @property
    def revision(self) -> int:
        """Raised when the code of the protocol changes what it gives."""

    def takes(self, method: Method) -> bool:
        """Whether its flows have what the method reads."""

    def hashes(self, places: Places) -> Mapping[str, str]:
        """What the data are, name → sha256.

        Raises:
            UsageError: they are not there.
        """

    def keywords(self, method: Method, seed: int) -> Mapping[str, Mapping[str, Any]]:
        """By detector of the method, its keywords here."""

    def compute(self, method: Method, seed: int, places: Places) -> dict[str, Any]:
        """Fits the method and measures it.

        Returns:
            `rows` learned from, `rows_of` that were there, `numbers` and `bytes` kept,
            `seconds` of CPU to `fit`, `rows_per_second` of CPU scored, and `tests`: test →
            figure → number, or a mean over sources with its interval (`mean`, `low`, `high`).
        """
