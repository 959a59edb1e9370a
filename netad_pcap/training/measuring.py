"""Bundles on captures that they were not fitted to: for cards and for `netad-pcap evaluate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netad_pcap.detection import Bundle, Scorer, default_bundles, find_bundle, read_bundle
from netad_pcap.engine import METERS
from netad_pcap.errors import UsageError
from netad_pcap.hosts import ALERTS_PER_DAY
from netad_pcap.training.evaluation import (
    Measured,
    ScoredCapture,
    as_json,
    measure,
    summarize,
)
from netad_pcap.training.judged import FUSED, judge_captures, judge_tables
from netad_pcap.training.labelled import LabelledCapture
from netad_pcap.training.labelled_tables import open_tables
from netad_pcap.training.splits import Parts
from netad_pcap.training.truth import read_truth

__all__ = [
    "FUSED",
    "evaluate",
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

    Each capture is judged by the baseline nearest to its own first flows, as in a report.
    """
    by_method: dict[str, list[ScoredCapture]] = {}
    for capture in captures:
        scored = scorer.score(capture.flows, scorer.choose(capture.flows))
        methods = {name: scored.novelty[:, i] for i, name in enumerate(scored.detectors)}
        for name, score in {**methods, FUSED: scored.score}.items():
            flagged = scored.verdict > 0 if name == FUSED else None
            by_method.setdefault(name, []).append(
                ScoredCapture(capture.name, capture.source, capture.families, score, flagged)
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


def evaluate(
    captures: Sequence[str],
    truth: str | None,
    *,
    tables: bool = False,
    models: Sequence[str] = (),
    fpr: float = FPR,
    alerts_per_day: float = ALERTS_PER_DAY,
    meter: str = METERS[0],
    timezone: str = "UTC",
    device: str = "cpu",
    seed: int = 0,
) -> dict[str, Any]:
    """Figures of models on labelled captures.

    Args:
        captures: files.
        truth: truth file; None: tables say it themselves.
        tables: the files are flow tables.
        models: bundles; none: the shipped one.
        fpr: budget of the verdicts.
        alerts_per_day: budget of the findings.
        meter: `native` or `nfstream`.
        timezone: of the local times of tables.
        device: where the networks compute.
        seed: of the bootstrap.

    Returns:
        `figures` (method → family → figure), `captures`, `flows`, `left_out`, `remarks`, and the
        budgets.

    Raises:
        ModelError: a table is of another profile, or lacks what all detectors need.
        UsageError: no labelled flow, a capture that a model was fitted to, or tables that
            different detectors judge.
    """
    found = [find_bundle(name) for name in models] or default_bundles()
    bundles = [read_bundle(item) for item in found]
    fitted = {f.sha256 for b in bundles for source in b.training for f in source.files}
    by_method: dict[str, list[ScoredCapture]] = {}
    left_out: list[str] = []
    remarks: list[str] = []
    rules = None if truth is None else read_truth(truth)
    scorer = Scorer(bundles, device, fpr)
    said: dict[str, Any] = {"alerts_per_day": alerts_per_day, "left_out": left_out.append}
    if tables:
        opened = open_tables(captures, timezone)
        judged = judge_tables(opened, rules, scorer, remark=remarks.append, **said)
    elif rules is None:
        raise UsageError("captures do not say what is true of them; give --truth FILE")
    else:
        judged = judge_captures(captures, rules, scorer, meter_name=meter, **said)
    for capture in judged:
        if capture.sha256 in fitted:
            raise UsageError(
                f"{capture.name}: the model was fitted to this capture; measure on others"
            )
        if by_method and by_method.keys() != capture.by_method.keys():
            raise UsageError(
                f"{capture.name} is judged by other detectors than {by_method[FUSED][0].name} "
                f"({'; '.join(remarks)}); evaluate them one after the other"
            )
        for method, scored in capture.by_method.items():
            by_method.setdefault(method, []).append(scored)
    if not by_method:
        raise UsageError(f"{truth or 'their Label column'} labels no flow of what was named")
    return {
        "figures": figures_of({name: measure(mine) for name, mine in by_method.items()}, seed),
        "captures": len(by_method[FUSED]),
        "flows": sum(len(capture.score) for capture in by_method[FUSED]),
        "left_out": left_out,
        "remarks": remarks,
        "fpr": fpr,
        "alerts_per_day": alerts_per_day,
    }
