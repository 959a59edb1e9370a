"""Bundles on captures that they were not fitted to: for cards and for `netad-pcap evaluate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netad_pcap.detection import Bundle, Scorer
from netad_pcap.training.evaluation import (
    Measured,
    ScoredCapture,
    as_json,
    measure,
    summarize,
)
from netad_pcap.training.judged import FUSED
from netad_pcap.training.labelled import LabelledCapture
from netad_pcap.training.splits import Parts

__all__ = [
    "FPR",
    "FUSED",
    "figures_of",
    "measure_bundle",
    "scored_captures",
]

#: Budget of the verdicts, the product's default.
FPR = 0.01


def scored_captures(
    scorer: Scorer, captures: Sequence[LabelledCapture]
) -> dict[str, list[ScoredCapture]]:
    """By method (each detector, and `fused`), the captures as it scores them.

    Each capture's baselines are chosen by its own first flows, as in a report. Scores
    are on the scale of p-values, so that those of other fits can stand beside them.
    """
    by_method: dict[str, list[ScoredCapture]] = {}
    for capture in captures:
        scored = scorer.score(capture.flows, scorer.choose(capture.flows))
        methods = {name: scored.surprise[:, i] for i, name in enumerate(scored.detectors)}
        for name, score in {**methods, FUSED: scored.score}.items():
            flagged = scored.verdict > 0 if name == FUSED else None
            by_method.setdefault(name, []).append(
                ScoredCapture(
                    capture.name,
                    capture.source,
                    capture.families,
                    score,
                    flagged,
                    group=capture.group,
                )
            )
    return by_method


def measure_bundle(bundle: Bundle, parts: Parts, fpr: float = FPR) -> dict[str, list[Measured]]:
    """By method, the captures left out; thresholds from clean captures of other sources that
    were left out or calibrated on.

    Raises:
        ModelError: the bundle is calibrated on too few flows for `fpr`.
    """
    scorer = Scorer([bundle], "cpu", fpr)
    held_out = scored_captures(scorer, parts.hold_out)
    reference = scored_captures(scorer, parts.calibrate)
    return {name: measure(mine, reference[name]) for name, mine in held_out.items()}


def figures_of(measured: Mapping[str, Sequence[Measured]], seed: int) -> dict[str, Any]:
    """Method → family → figure, JSON."""
    return {name: as_json(summarize(mine, seed)) for name, mine in measured.items()}
