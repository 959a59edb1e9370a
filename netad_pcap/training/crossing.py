"""Detectors fitted to all sources, calibrated by fits that left the calibrating ones out.

Sources are few: what is kept from fitting in order to calibrate is missed. So they are dealt to
folds, and a fold's flows calibrate by what detectors that never saw them say of them
(cross-conformal prediction: Vovk, Annals of Mathematics and Artificial Intelligence 74 (2015);
with refitting on all: Barber, Candès, Ramdas and Tibshirani, Predictive inference with the
jackknife+, Annals of Statistics 49 (2021)). The same is done once more for each fold that is
left out altogether, so that what is measured is the recipe that ships.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from netad_pcap.detection import Bundle
from netad_pcap.training.fitting import Learned, Witness
from netad_pcap.training.labelled import LabelledCapture

__all__ = ["Turn", "crossed"]

#: Fits detectors to captures.
Learning = Callable[[Sequence[LabelledCapture]], tuple[Learned, ...]]
#: Makes a bundle of detectors, the captures that they have learned, and witnesses.
Bundling = Callable[
    [Sequence[Learned], Sequence[LabelledCapture], Sequence[Witness]],
    Bundle,
]


@dataclass(frozen=True, eq=False)
class Turn:
    """A bundle and captures that it knows nothing of.

    Attributes:
        bundle: fitted to and calibrated on the other folds.
        left_out: the captures of one fold.
    """

    bundle: Bundle
    left_out: tuple[LabelledCapture, ...]


def crossed(
    captures: Sequence[LabelledCapture],
    folds: Sequence[Sequence[str]],
    learning: Learning,
    bundling: Bundling,
) -> tuple[Bundle, list[Turn]]:
    """The bundle of all captures, and a turn for each fold.

    Of k folds k (k + 1) / 2 + 1 fits are made: without two, without one, of all.

    Args:
        captures: all of them; each source is in one fold.
        folds: sources, as dealt; three at least.
        learning: called with captures in their order.
        bundling: called with what was learned and who calibrates.
    """
    number = {source: place for place, fold in enumerate(folds) for source in fold}

    def of(places: Sequence[int]) -> tuple[LabelledCapture, ...]:
        return tuple(capture for capture in captures if number[capture.source] in places)

    everywhere = range(len(folds))
    without = {
        frozenset(left_out): learning(of([p for p in everywhere if p not in left_out]))
        for left_out in _left_out(len(folds))
    }

    def bundle(left_out: Sequence[int]) -> Bundle:
        used = [place for place in everywhere if place not in left_out]
        witnesses = [Witness(of([p]), without[frozenset([p, *left_out])]) for p in used]
        return bundling(without[frozenset(left_out)], of(used), witnesses)

    turns = [Turn(bundle([place]), of([place])) for place in everywhere]
    return bundle([]), turns


def _left_out(folds: int) -> Iterator[tuple[int, ...]]:
    yield ()
    for size in (1, 2):
        yield from combinations(range(folds), size)
