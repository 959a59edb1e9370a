"""Kinds of networks: which sources are of one, and the baselines that their benign flows give.

P-values are by the general baseline, of all sources; a kind's says what is usual there
(decision 15).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection import Baseline, fit_baseline
from netad_pcap.detection.calibration import flows_needed
from netad_pcap.flows import FlowBatch

__all__ = ["KINDS", "Benign", "Kind", "baseline_of", "baselines_of_kinds"]

#: The budget that a kind's baseline must resolve, the product's default.
_FPR = 0.01


@dataclass(frozen=True)
class Kind:
    """Networks of one kind.

    Attributes:
        name: of its baseline.
        says: what they are, for people.
        sources: those of which every capture is of such a network, its benign flows at least.
    """

    name: str
    says: str
    sources: frozenset[str]


#: Sources that stand here in no kind (protocol tests, attacks played back, single programs) are of
#: the general baseline only.
KINDS: tuple[Kind, ...] = (
    Kind(
        "office",
        "desks, and the servers that they use",
        frozenset(f"netad-pcap/lab/{name}" for name in ("office", "school", "clinic", "college")),
    ),
    Kind("servers", "servers that strangers use", frozenset({"netad-pcap/lab/hosting"})),
    Kind(
        "things",
        "homes and their devices",
        frozenset({"netad-pcap/lab/things", "netad-pcap/lab/home", "tj-oconnor/IoT-Dataset"}),
    ),
    Kind(
        "industrial",
        "plants and their controllers",
        frozenset({"netad-pcap/lab/plant", "ITI/ICS-Security-Tools"}),
    ),
)


@dataclass(frozen=True, eq=False)
class Benign:
    """n held-out benign flows, and what detectors that were not fitted to them say.

    Attributes:
        flows: with weight.
        novelty: by detector, float64 [n].
        source: object [n], the source of each.
        capture: int [n], number of its capture.
        alone: names of the detectors that are heard alone.
    """

    flows: FlowBatch
    novelty: Mapping[str, NDArray[np.float64]]
    source: NDArray[Any]
    capture: NDArray[np.int64]
    alone: frozenset[str] = frozenset()

    def of(self, sources: frozenset[str]) -> Benign:
        """The flows of some sources."""
        rows = np.flatnonzero([source in sources for source in self.source.tolist()])
        return Benign(
            self.flows.take(rows),
            {name: novelty[rows] for name, novelty in self.novelty.items()},
            self.source[rows],
            self.capture[rows],
            self.alone,
        )

    @property
    def weight(self) -> float:
        """What all of them weigh, in flows."""
        assert self.flows.weight is not None
        return float(np.round(self.flows.weight.sum(), 9))


def baseline_of(
    name: str, benign: Benign, columns: Sequence[str], says: str = "benign flows"
) -> Baseline:
    """The baseline that benign flows give; it says of how many sources they are.

    Args:
        name: of the baseline.
        benign: at least one.
        columns: those to keep quantiles of.
        says: what the flows are.
    """
    sources = sorted(set(benign.source.tolist()))
    return fit_baseline(
        name,
        benign.flows,
        benign.novelty,
        columns,
        says=f"{says} of {sources[0] if len(sources) == 1 else f'{len(sources)} sources'}",
        weights=benign.flows.weight,
        groups=benign.capture,
        alone=benign.alone,
    )


def baselines_of_kinds(
    kinds: Sequence[Kind],
    benign: Benign,
    columns: Sequence[str],
    say: Callable[[str], None] = lambda line: None,
) -> Iterator[Baseline]:
    """One baseline for each kind that can resolve a budget of 1%; which cannot is said.

    Arguments as for `baseline_of`.
    """
    for kind in kinds:
        mine = benign.of(kind.sources)
        if mine.weight < flows_needed(_FPR):
            say(
                f"left out: baseline {kind.name} (its benign flows weigh {mine.weight:.0f}; a "
                f"budget of {100 * _FPR:g}% takes {flows_needed(_FPR)})"
            )
            continue
        yield baseline_of(kind.name, mine, columns, f"{kind.says}: benign flows")
