"""What detectors made of other detectors share: their members, and one bundle of arrays for all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from netad_detectors.preprocessing import PROFILE, read_columns
from netad_pcap.detection import Needs
from netad_pcap.families import ATTACKS, BENIGN

__all__ = ["Composed", "dealt"]


@dataclass(kw_only=True, eq=False)
class Composed(ABC):
    """Benign against the families, by several members.

    Args:
        families: classes, `benign` among them.
        columns: what is read, each with its number of symbols (0: numbers); None: the profile's.
        profile: rule book of the flows, whose columns are read.
        seed: of everything that is drawn.
    """

    name: ClassVar[str]

    families: tuple[str, ...] | list[str] = (BENIGN, *ATTACKS)
    columns: Mapping[str, int] | None = None
    profile: str = PROFILE
    seed: int = 0
    needs: Needs = field(init=False)
    _members: dict[str, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.needs = Needs(columns=tuple(read_columns(self.columns, self.profile)))
        self._new_members()  # which refuse what they cannot be made with

    def to(self, device: str) -> None:
        """Moves the networks."""
        for member in self._fitted().values():
            if hasattr(member, "to"):
                member.to(device)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Those of the members, each behind its name."""
        return {
            f"{name}.{key}": array
            for name, member in self._fitted().items()
            for key, array in member.to_arrays().items()
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], **parameters: Any) -> Self:
        """From `to_arrays()`.

        Raises:
            ValueError: an array is missing or of a wrong shape.
        """
        detector = cls(**parameters)
        for name, (kind, given) in detector._kinds().items():
            mine = {
                key.removeprefix(f"{name}."): array
                for key, array in arrays.items()
                if key.startswith(f"{name}.")
            }
            detector._members[name] = kind.from_arrays(mine, **detector._shared(kind), **given)
        return detector

    @abstractmethod
    def _kinds(self) -> dict[str, tuple[type[Any], dict[str, Any]]]:
        """Name → a member's class and what it is given beside what all are."""

    def _new_members(self) -> dict[str, Any]:
        return {
            name: kind(**self._shared(kind), **given)
            for name, (kind, given) in self._kinds().items()
        }

    def _shared(self, kind: type[Any]) -> dict[str, Any]:
        shared = {"columns": self.columns, "profile": self.profile, "seed": self.seed}
        return {"families": self.families, **shared} if hasattr(kind, "families") else shared

    def _fitted(self) -> dict[str, Any]:
        if not self._members:
            raise ValueError(f"the {self.name} has not been fitted")
        return self._members


def dealt(
    truth: NDArray[np.int64], folds: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """A fold for each row, as many of each class in every one."""
    fold = np.empty(len(truth), np.int64)
    for label in np.unique(truth):
        members = generator.permutation(np.flatnonzero(truth == label))
        fold[members] = np.arange(len(members)) % folds
    return fold
