"""Whole sources to parts: what is fitted on, calibrated on, measured on. Never rows.

Flows of one network are alike; a split by rows or captures measures how well a network is
remembered, not how well another one is judged.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from netad_pcap.families import BENIGN
from netad_pcap.training.labelled import MOST_WEIGHT, LabelledCapture

__all__ = ["FOLDS", "PARTS", "Parts", "deal_sources", "part_sources", "rotate", "sources_by_part"]

PARTS = ("fit", "calibrate", "hold_out")
#: Sources are dealt to so many folds: three to fit on, one to calibrate on, one left out.
FOLDS = 5
#: So many deals are drawn; the one that spreads families and benign captures best is taken.
_DEALS = 500


@dataclass(frozen=True)
class Parts:
    """Captures by what they are for; no group is in two parts."""

    fit: tuple[LabelledCapture, ...]
    calibrate: tuple[LabelledCapture, ...]
    hold_out: tuple[LabelledCapture, ...]


def deal_sources(
    captures: Sequence[LabelledCapture], seed: int, folds: int = FOLDS
) -> list[tuple[str, ...]]:
    """The sources (groups, where captures have others) in folds, drawn with `seed`.

    Of many deals the one is taken that spreads best: each family over many folds, clean
    captures over all of them. What detectors make of the flows has no say.
    """
    sources = sorted({capture.group for capture in captures})
    families = {source: _families(captures, source) for source in sources}
    clean = {source: _clean_weight(captures, source) for source in sources}
    generator = np.random.default_rng(seed)
    best: tuple[float, list[tuple[str, ...]]] | None = None
    for _ in range(_DEALS):
        order = [sources[i] for i in generator.permutation(len(sources)).tolist()]
        dealt = [tuple(order[fold::folds]) for fold in range(folds)]
        held = [len(set().union(*(families[s] for s in fold))) for fold in dealt]
        # 150 flows calibrate a budget of 1% with something to spare.
        least = min(min(sum(clean[s] for s in fold), 150.0) for fold in dealt)
        merit = sum(held) + 3 * min(held) + least / 5
        if best is None or merit > best[0]:
            best = (merit, [tuple(sorted(fold)) for fold in dealt])
    assert best is not None
    return best[1]


def rotate(
    captures: Sequence[LabelledCapture],
    folds: Sequence[Collection[str]],
    turn: int,
) -> Parts:
    """The parts of one turn: fold `turn` is left out, the next calibrates, the others fit.

    Args:
        captures: all of them.
        folds: sources, as dealt.
        turn: 0 to len(folds) − 1; over all turns each source is left out once.
    """
    part_of: dict[str, str] = {}
    for number, fold in enumerate(folds):
        place = (number - turn) % len(folds)
        part = {0: "hold_out", 1: "calibrate"}.get(place, "fit")
        part_of.update(dict.fromkeys(fold, part))
    chosen = {
        part: tuple(capture for capture in captures if part_of.get(capture.group) == part)
        for part in PARTS
    }
    return Parts(**chosen)


def part_sources(captures: Sequence[LabelledCapture], seed: int) -> Parts:
    """One split: three folds of sources to fit on, one to calibrate on, one left out."""
    return rotate(captures, deal_sources(captures, seed), 0)


def sources_by_part(parts: Parts) -> dict[str, list[str]]:
    """Sources by part, sorted."""
    return {name: sorted({c.source for c in getattr(parts, name)}) for name in PARTS}


def _families(captures: Sequence[LabelledCapture], source: str) -> set[str]:
    return {family for c in captures if c.group == source for family in set(c.families.tolist())}


def _clean_weight(captures: Sequence[LabelledCapture], source: str) -> float:
    """Weight of a source's benign flows, each capture at most twenty."""
    return sum(
        min(MOST_WEIGHT, float((c.families == BENIGN).sum())) for c in captures if c.group == source
    )
