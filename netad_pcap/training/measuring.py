"""Bundles on captures that they were not fitted to: for cards and for `netad-pcap evaluate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netad_pcap.detection import Bundle, Scorer, default_bundles, find_bundle, read_bundle
from netad_pcap.errors import UsageError
from netad_pcap.families import BENIGN
from netad_pcap.hosts import ALERTS_PER_DAY
from netad_pcap.training.evaluation import (
    Measured,
    ScoredCapture,
    as_json,
    measure,
    summarize,
)
from netad_pcap.training.judged import FUSED, judge_captures
from netad_pcap.training.labelled import LabelledCapture
from netad_pcap.training.splits import Parts
from netad_pcap.training.truth import read_truth

__all__ = [
    "FUSED",
    "evaluate",
    "figures_of",
    "figures_text",
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
    truth: str,
    *,
    models: Sequence[str] = (),
    fpr: float = FPR,
    alerts_per_day: float = ALERTS_PER_DAY,
    meter: str = "nfstream",
    device: str = "cpu",
    seed: int = 0,
) -> dict[str, Any]:
    """Figures of models on labelled captures.

    Args:
        captures: files.
        truth: truth file.
        models: bundles; none: the shipped one.
        fpr: budget of the verdicts.
        alerts_per_day: budget of the findings.
        meter: `native` or `nfstream`.
        device: where the networks compute.
        seed: of the bootstrap.

    Returns:
        `figures` (method → family → figure), `captures`, `flows`, `left_out`, and the budgets.

    Raises:
        UsageError: no labelled flow, or a capture that a model was fitted to.
    """
    found = [find_bundle(name) for name in models] or default_bundles()
    bundles = [read_bundle(item) for item in found]
    fitted = {f.sha256 for b in bundles for source in b.training for f in source.files}
    by_method: dict[str, list[ScoredCapture]] = {}
    left_out: list[str] = []
    judged = judge_captures(
        captures,
        read_truth(truth),
        Scorer(bundles, device, fpr),
        alerts_per_day=alerts_per_day,
        meter_name=meter,
        left_out=left_out.append,
    )
    for capture in judged:
        if capture.sha256 in fitted:
            raise UsageError(
                f"{capture.name}: the model was fitted to this capture; measure on others"
            )
        for method, scored in capture.by_method.items():
            by_method.setdefault(method, []).append(scored)
    if not by_method:
        raise UsageError(f"{truth} labels no flow of these captures")
    return {
        "figures": figures_of({name: measure(mine) for name, mine in by_method.items()}, seed),
        "captures": len(by_method[FUSED]),
        "flows": sum(len(capture.score) for capture in by_method[FUSED]),
        "left_out": left_out,
        "fpr": fpr,
        "alerts_per_day": alerts_per_day,
    }


def figures_text(evaluation: Mapping[str, Any]) -> str:
    """The figures as tables of plain text."""
    lines = [
        f"{evaluation['captures']:,} captures, {evaluation['flows']:,} flows; "
        f"{len(evaluation['left_out'])} captures without a label left out; verdicts at --fpr "
        f"{evaluation['fpr']:g}"
    ]
    for name, families in evaluation["figures"].items():
        lines += ["", *_table(name, families)]
    return "\n".join(lines)


def _table(name: str, families: Mapping[str, Mapping[str, Any]]) -> list[str]:
    columns = {"auc": "AUC", "recall": "recall at 1%", "flagged": "flagged", "found": "found"}
    there = [c for c in columns if any(c in row for row in families.values())]
    lines = [
        f"{name:<14}{''.join(f'{columns[c]:>20}' for c in there)}{'sources':>9}{'captures':>10}"
    ]
    for family, row in families.items():
        if family != BENIGN:
            cells = "".join(f"{_cell(row[c]) if c in row else '':>20}" for c in there)
            some = next(iter(row.values()))
            lines.append(f"{family:<14}{cells}{some['sources']:>9}{some['captures']:>10}")
    clean = families.get(BENIGN)
    if clean:
        words = {
            "false_alarms": "of flows above the threshold",
            "flagged": "flagged",
            "quiet": "of captures without a finding",
        }
        said = [f"{_cell(clean[c])} {words[c]}" for c in words if c in clean]
        lines.append(f"clean captures: {', '.join(said)}")
    return lines


def _cell(figure: Mapping[str, float]) -> str:
    return f"{figure['mean']:.2f} ({figure['low']:.2f}-{figure['high']:.2f})"
