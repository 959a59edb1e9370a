"""Achieved coverage: are p-values what they say, on benign flows that calibrated none of them?

The flows that a bundle is calibrated on are held out of fitting. They are cut into blocks (whole
sources, else whole captures, else fifths of one capture in time), and each block is judged by a
calibration on the others, as the next network, day or hour will be judged by the bundle. A split
at random would only say that flows are exchangeable with their neighbours.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture.wording import count_of
from netad_pcap.detection import fit_fused, fuse

__all__ = ["achieved_coverage", "coverage_lines", "percent_text"]

#: Budgets at which coverage is stated.
_BUDGETS = (0.001, 0.01, 0.05)
#: Blocks of a single capture.
_FIFTHS = 5


def achieved_coverage(
    novelty: Mapping[str, NDArray[np.float64]],
    weight: NDArray[np.float64],
    source: NDArray[Any],
    capture: NDArray[np.int64],
    alone: Collection[str] = (),
) -> dict[str, Any]:
    """Share of held-out benign flows at or below each budget that the flows resolve.

    Args:
        novelty: by detector, float64 [n].
        weight: float64 [n], each at most 1.
        source: object [n].
        capture: int [n].
        alone: names of the detectors that are heard alone.

    Returns:
        `blocks` (how many, of what), `flows` (their weight) and `reached` (budget → share,
        lowest and highest share of a block); empty without two blocks.
    """
    kind, block = _blocks(source, capture)
    p_values, judged = np.ones(len(weight)), np.zeros(len(weight), np.bool_)
    least = 0.0
    for number in range(int(block.max(initial=-1)) + 1):
        inside = block == number
        others = ~inside & (weight > 0)
        if not others.any() or not weight[inside].sum() > 0:
            continue
        calibration, fused = fit_fused(
            {name: scores[others] for name, scores in novelty.items()}, weight[others], alone=alone
        )
        surprise = [calibration[name].surprise(scores[inside]) for name, scores in novelty.items()]
        heard = [name in alone for name in novelty]
        p_values[inside] = fused.p_values(fuse(np.column_stack(surprise), heard))
        judged |= inside
        least = max(least, fused.smallest_p)
    if not judged.any():
        return {}
    reached = {}
    for budget in _BUDGETS:
        if budget < least:
            continue
        below = p_values <= budget
        shares = [
            float(np.average(below[rows], weights=weight[rows]))
            for rows in (judged & (block == number) for number in np.unique(block[judged]).tolist())
        ]
        whole = float(np.average(below[judged], weights=weight[judged]))
        reached[f"{budget:g}"] = {
            "share": round(whole, 4),
            "lowest": round(min(shares), 4),
            "highest": round(max(shares), 4),
        }
    return {
        "blocks": len(np.unique(block[judged])),
        "of": kind,
        "flows": round(float(weight[judged].sum()), 1),
        "reached": reached,
    }


def coverage_lines(metrics: Mapping[str, Any]) -> Iterator[str]:
    """What a bundle's metrics say of it, a line a budget; nothing where it was not measured."""
    coverage = metrics.get("coverage")
    if not coverage or not coverage["reached"]:
        return
    for budget, told in coverage["reached"].items():
        share, lowest, highest = (
            percent_text(told[name]) for name in ("share", "lowest", "highest")
        )
        yield (
            f"of held-out benign flows {share} are flagged at a budget of "
            f"{percent_text(float(budget))} (by {coverage['of']}: {lowest} to {highest}; "
            f"{coverage['blocks']} {coverage['of']}, weight of "
            f"{count_of(round(coverage['flows']), 'flow')})"
        )


def _blocks(source: NDArray[Any], capture: NDArray[np.int64]) -> tuple[str, NDArray[np.intp]]:
    kinds: Sequence[tuple[str, NDArray[Any]]] = (("sources", source), ("captures", capture))
    for kind, names in kinds:
        distinct, block = np.unique(names.astype(str), return_inverse=True)
        if len(distinct) > 1:
            return kind, block.astype(np.intp)
    return "fifths of the time", np.arange(len(capture)) * _FIFTHS // max(len(capture), 1)


def percent_text(share: float) -> str:
    """A share as a person reads it, two digits: `0.27%`, `100%`."""
    return f"{float(f'{100 * share:.2g}'):g}%"
