"""Detectors fitted and measured in turns: each group of captures is left out once.

What `evaluate --detector` does: not how good a model is, but how good a recipe is on traffic
that its weights never saw. With a split in time there is one turn: the earlier is learned, the
later measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from netad_pcap.capture.wording import count_of
from netad_pcap.errors import ModelError
from netad_pcap.training.cuts import Cuts
from netad_pcap.training.evaluation import Measured, ScoredCapture, measure
from netad_pcap.training.fitting import fit_bundle
from netad_pcap.training.grouping import ROWS, SLOTS, TIME
from netad_pcap.training.labelled import LabelledCapture, cut_apart
from netad_pcap.training.measuring import scored_captures
from netad_pcap.training.splits import FOLDS, Parts, deal_sources, rotate

__all__ = ["in_turns"]


def in_turns(
    captures: Sequence[LabelledCapture],
    detectors: Sequence[str],
    *,
    split: str,
    profile: str,
    fpr: float,
    seed: int,
    parameters: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    say: Callable[[str], None] = lambda line: None,
    cuts_of: Callable[[str], Cuts] = lambda method: Cuts(()),
) -> tuple[dict[str, list[Measured]], dict[str, list[ScoredCapture]]]:
    """By method, figures and scores of captures that were left out.

    Args:
        captures: labelled, with the groups of the split.
        detectors: names of installed detectors.
        split: one of `grouping.SPLITS`.
        profile: rule book of the flows.
        fpr: budget of the verdicts.
        seed: of everything that is drawn.
        parameters: by detector, keywords of its constructor.
        say: told what is done.
        cuts_of: by method, the rules that set further thresholds.

    Raises:
        ModelError: too few groups, or flows to calibrate on.
    """
    from netad_pcap.detection import Scorer

    if split == ROWS:
        captures = _pieces(captures, seed)
    groups = sorted({capture.group for capture in captures})
    if len(groups) < FOLDS:
        raise ModelError(
            f"--split {split}: labelled flows are of {count_of(len(groups), 'group')}; {FOLDS} are "
            "needed to fit, calibrate and measure on different ones"
        )
    in_time = split == TIME
    # Latest first: turn 0 leaves the last out, calibrates on the one before, fits on the earlier.
    folds = [(group,) for group in reversed(groups)] if in_time else deal_sources(captures, seed)
    measured: dict[str, list[Measured]] = {}
    scored: dict[str, list[ScoredCapture]] = {}
    for turn in range(1 if in_time else len(folds)):
        parts = rotate(captures, folds, turn)
        say(f"turn {turn + 1}: left out {', '.join(folds[turn])}")
        bundle = fit_bundle(
            "turn", Parts(parts.fit, parts.calibrate, ()), detectors,
            profile=profile, seed=seed, parameters=parameters, fpr=fpr, say=say,
        )  # fmt: skip
        scorer = Scorer([bundle], "cpu", fpr)
        reference = scored_captures(scorer, parts.calibrate)
        for method, mine in scored_captures(scorer, parts.hold_out).items():
            figures = measure(mine, reference[method], in_time=in_time, cuts=cuts_of(method))
            measured.setdefault(method, []).extend(figures)
            scored.setdefault(method, []).extend(mine)
    return measured, scored


def _pieces(captures: Sequence[LabelledCapture], seed: int) -> list[LabelledCapture]:
    """Each capture's rows at random in five pieces, each of another group."""
    generator = np.random.default_rng(seed)
    pieces: list[LabelledCapture] = []
    for capture in captures:
        piece: Any = generator.integers(SLOTS, size=len(capture.families))
        numbers = np.unique(piece).tolist()
        apart = cut_apart(capture, [np.flatnonzero(piece == number) for number in numbers])
        pieces += [
            replace(part, group=f"rows {number}")
            for number, part in zip(numbers, apart, strict=True)
        ]
    return pieces
