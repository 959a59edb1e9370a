"""At most so many rows to learn from, of each class its share, drawn with a seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.families import BENIGN
from netad_pcap.training.labelled import LabelledCapture, some_rows
from netad_pcap.training.reproduction.experiment import drawn, shares

__all__ = ["MOST_TRIED", "stratified", "thinned", "tried"]

#: Of a family in one capture so many flows are tried, drawn at random, the same for all seeds.
MOST_TRIED = 500
_TRIED_SEED = 0


def stratified(families: NDArray[Any], most: int, seed: int) -> NDArray[np.intp]:
    """Rows in order, at most `most`: of each class its share, and all of a class of few; the
    largest makes room.

    Args:
        families: object [n], the class of each row.
        most: rows.
        seed: of the draw.
    """
    if len(families) <= most:
        return np.arange(len(families))
    wanted = shares(families, most)
    largest = max(wanted, key=lambda family: wanted[family])
    wanted[largest] -= max(0, sum(wanted.values()) - most)
    return drawn(families, wanted, seed)


def thinned(captures: Sequence[LabelledCapture], most: int, seed: int) -> list[LabelledCapture]:
    """The captures with at most `most` flows together: of each class in each capture the same
    number at most, the largest that holds."""
    counts = [
        count for capture in captures for count in Counter(capture.families.tolist()).values()
    ]
    each = max(counts, default=0)
    if sum(counts) > most:
        rising = np.sort(counts)
        # With a limit of rising[i] the i smaller ones are whole.
        whole = np.concatenate([[0], np.cumsum(rising)[:-1]])
        left = len(rising) - np.arange(len(rising))
        place = int(np.argmax(whole + rising * left > most))
        each = int((most - whole[place]) // left[place])
    random = np.random.default_rng(seed)
    return [some_rows(capture, _rows(capture.families, each, random)) for capture in captures]


def tried(captures: Sequence[LabelledCapture]) -> list[LabelledCapture]:
    """What figures are made of: clean captures whole, of others the attacks, of each family in a
    capture at most `MOST_TRIED`."""
    random = np.random.default_rng(_TRIED_SEED)
    found = []
    for capture in captures:
        attacks = np.flatnonzero(capture.families != BENIGN)
        if len(attacks):
            rows = attacks[_rows(capture.families[attacks], MOST_TRIED, random)]
            capture = some_rows(capture, rows)
        found.append(capture)
    return found


def _rows(families: NDArray[Any], each: int, random: np.random.Generator) -> NDArray[np.intp]:
    kept = [
        random.permutation(np.flatnonzero(families == family))[:each]
        for family in sorted(set(families.tolist()))
    ]
    return np.sort(np.concatenate(kept))
