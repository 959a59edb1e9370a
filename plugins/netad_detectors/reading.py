"""What detectors of a flow's columns share: what they read, how it is scaled, and their classes.

`Reading` is any of them; `Naming` one that tells families apart. What networks or arrays do with
the cells is said by the bases of their kinds (`autoencoders.rebuilding`, `classical.unlike`,
`classifiers.telling`, `classical.supervised`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from netad_detectors.preprocessing import PROFILE, Scaling, read_columns
from netad_pcap.detection import Needs
from netad_pcap.families import ATTACKS, BENIGN
from netad_pcap.flows import FlowBatch

__all__ = ["Naming", "Reading"]


@dataclass(kw_only=True, eq=False)
class Reading:
    """A detector that reads columns.

    Args:
        columns: what is read, each with its number of symbols (0: numbers); None: the profile's.
        scaling: of the numbers, see `preprocessing.SCALINGS`.
        profile: rule book of the flows, whose columns are read.
        seed: of whatever is drawn.
    """

    name: ClassVar[str]

    columns: Mapping[str, int] | None = None
    scaling: str = "standard"
    profile: str = PROFILE
    seed: int = 0
    needs: Needs = field(init=False)
    _reads: dict[str, int] = field(init=False)
    _scaling: Scaling | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._reads = read_columns(self.columns, self.profile)
        self.needs = Needs(columns=tuple(self._reads))

    def _benign(
        self, flows: FlowBatch, families: NDArray[Any] | None
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Rows of the benign flows that are not carried, and their weights, some above 0.

        All are benign where `families` is None.
        """
        rows = np.arange(flows.carried, len(flows))
        if families is not None:
            rows = rows[families == BENIGN]
        weight = np.ones(len(rows)) if flows.weight is None else flows.weight[rows]
        if not weight.sum() > 0:
            raise ValueError(f"the {self.name} needs benign flows to learn from")
        return rows, weight

    def _cells(self) -> int:
        """How many cells the columns become: one a number, one a symbol."""
        return sum(max(count, 1) for count in self._reads.values())


@dataclass(kw_only=True, eq=False)
class Naming(Reading):
    """A detector that tells families apart.

    Args:
        families: classes, `benign` among them; those of which no training flow is found
            keep a probability of zero.
    """

    families: tuple[str, ...] | list[str] = (BENIGN, *ATTACKS)
    _known: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        if BENIGN not in self.families:
            raise ValueError("benign must be among the families")
        super().__post_init__()
        self._known = np.zeros(len(self.families), np.bool_)
