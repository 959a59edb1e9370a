"""Fitting: labelled flows in, a bundle out.

Sources are parted, never rows: detectors are fitted on some, calibrated on the benign
flows of others, and measured on those left out of both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np

from netad_pcap.detection import (
    Bundle,
    BundleDetector,
    BundleReference,
    Needs,
    Scorer,
    TrainingFile,
    TrainingSource,
    fit_baseline,
    fit_temperature,
    load_detector,
    parameters_of,
)
from netad_pcap.detection.registry import installed_detectors
from netad_pcap.errors import ModelError
from netad_pcap.families import BENIGN
from netad_pcap.flows import FlowBatch
from netad_pcap.schema import PROFILES
from netad_pcap.training.cards import card_text
from netad_pcap.training.evaluation import (
    FALSE_ALARMS,
    as_json,
    evaluate_scores,
    weighted_threshold,
)
from netad_pcap.training.labelled import Labelled, LabelledCapture, join

__all__ = ["PARTS", "Parts", "fit_bundle", "needs_of_detectors", "part_sources"]

#: Shares of the sources: fitted on, calibrated on, left out.
PARTS = ("fit", "calibrate", "hold_out")
_OF_FIVE = ("fit", "hold_out", "fit", "calibrate", "fit")


@dataclass(frozen=True)
class Parts:
    """Captures by what they are for."""

    fit: tuple[LabelledCapture, ...]
    calibrate: tuple[LabelledCapture, ...]
    hold_out: tuple[LabelledCapture, ...]


def part_sources(captures: Sequence[LabelledCapture], seed: int) -> Parts:
    """Whole sources to three parts, three to one to one, drawn with `seed`.

    Sources with benign captures and those without are dealt apart, so that each part has both.
    """
    benign = {c.source for c in captures if (c.families == BENIGN).all()}
    generator = np.random.default_rng(seed)
    part_of: dict[str, str] = {}
    for group in (sorted(benign), sorted({c.source for c in captures} - benign)):
        order = generator.permutation(len(group))
        for place, number in enumerate(order.tolist()):
            part_of[group[number]] = _OF_FIVE[place % len(_OF_FIVE)]
    chosen = {p: tuple(c for c in captures if part_of[c.source] == p) for p in PARTS}
    return Parts(**chosen)


def needs_of_detectors(names: Sequence[str]) -> Needs:
    """What these detectors read together, by their default parameters."""
    needs = [load_detector(name)().needs for name in names]
    return Needs(
        columns=tuple(dict.fromkeys(column for need in needs for column in need.columns)),
        context=tuple(dict.fromkeys(column for need in needs for column in need.context)),
        history=max((need.history for need in needs), default=0),
    )


def fit_bundle(
    name: str,
    parts: Parts,
    detectors: Sequence[str],
    *,
    profile: str,
    seed: int,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    licences: Mapping[str, str] | None = None,
    bundle_version: str = "1",
    baseline: str = "own",
    weighted: bool = True,
    prefix: str = "",
    uses: Sequence[Bundle] = (),
    say: Callable[[str], None] = lambda line: None,
) -> Bundle:
    """Fits, calibrates and measures detectors.

    Args:
        name: of the bundle.
        parts: labelled captures; `hold_out` may be empty, then nothing is measured.
        detectors: names of installed detectors.
        profile: rule book of the flows.
        seed: of everything that is drawn.
        parameters: by detector, keywords of its constructor.
        licences: source → licence, for the card.
        bundle_version: of the bundle.
        baseline: name of its baseline.
        weighted: captures weigh alike (several networks); else flows do (one network).
        prefix: before the detectors' names, so that they differ from those of `uses`.
        uses: bundles whose detectors get a baseline here too, and are fused.
        say: told what is done.

    Raises:
        ModelError: no benign flow to fit or to calibrate on.
    """
    if not parts.fit or not parts.calibrate:
        raise ModelError("too few captures: some to fit on and others to calibrate on are needed")
    fit = join(parts.fit, weighted=weighted)
    calibrate = join(parts.calibrate, weighted=weighted)
    normal = calibrate.families == BENIGN
    if not normal.any() or not (fit.families == BENIGN).any():
        raise ModelError("no benign flow to fit or to calibrate on; see the truth file")
    members = []
    novelty = {}
    for detector in detectors:
        kind = load_detector(detector)
        given = parameters_of(kind, **{**dict((parameters or {}).get(detector, {})), "seed": seed})
        say(f"fitting {detector} on {len(fit.families):,} flows of {len(parts.fit)} captures")
        fitted = kind(**given).fit(_as_needed(fit.flows, kind(**given).needs), fit.families)
        scores = fitted.score(_as_needed(calibrate.flows, fitted.needs))
        novelty[prefix + detector] = scores.novelty[normal]
        members.append(
            BundleDetector(
                name=prefix + detector,
                detector=detector,
                distribution=_distribution(detector),
                version=version(_distribution(detector)),
                parameters=given,
                arrays=fitted.to_arrays(),
                temperature=_temperature(scores, calibrate),
            )
        )
    references = []
    for used in uses:
        say(f"calibrating {used.name} {used.version}")
        scorer = Scorer([used], device="cpu")
        scored = scorer.score(calibrate.flows)
        for column, label in enumerate(scorer.detectors):
            novelty[label] = scored.novelty[normal, column]
        references.append(BundleReference(used.name, used.version, used.sha256, scorer.detectors))
    own = calibrate.flows.take(calibrate.flows.carried + np.flatnonzero(normal))
    bundle = Bundle(
        name=name,
        version=bundle_version,
        profile=profile,
        clock="us",
        seed=seed,
        detectors=tuple(members),
        uses=tuple(references),
        baselines=(
            fit_baseline(
                baseline,
                own,
                novelty,
                [c for c in PROFILES[profile].features if c in own.features],
                says=f"benign flows of {len(set(calibrate.source[normal]))} sources",
                weights=own.weight,
                groups=calibrate.capture[normal],
            ),
        ),
        training=_training(parts.fit, licences or {}),
        made_with={p: version(p) for p in ("netad-pcap", "numpy", "torch", "scikit-learn")},
    )
    metrics = _measure(bundle, parts, seed) if parts.hold_out else {}
    bundle = replace(bundle, metrics=metrics)
    return replace(bundle, card=card_text(bundle, parts_of(parts)))


def parts_of(parts: Parts) -> dict[str, list[str]]:
    """Sources by part, sorted."""
    return {name: sorted({c.source for c in getattr(parts, name)}) for name in PARTS}


def _measure(bundle: Bundle, parts: Parts, seed: int) -> dict[str, Any]:
    """Figures of each detector's novelty and of the fused score, on held-out sources."""
    scorer = Scorer([bundle], device="cpu")
    held_out, calibrate = join(parts.hold_out), join(parts.calibrate)
    choice = scorer.choose(held_out.flows)
    judged = scorer.score(held_out.flows, choice)
    benign = calibrate.families == BENIGN
    others = scorer.score(calibrate.flows, choice)
    assert calibrate.flows.weight is not None
    weight = calibrate.flows.weight[calibrate.flows.carried :][benign]
    columns = {
        **{d: (judged.novelty[:, i], others.novelty[:, i]) for i, d in enumerate(judged.detectors)},
        "fused": (judged.score, others.score),
    }
    return {
        "false_alarms": FALSE_ALARMS,
        "held_out": {
            name: as_json(
                evaluate_scores(
                    score,
                    held_out,
                    weighted_threshold(normal[benign], weight, FALSE_ALARMS),
                    seed,
                )
            )
            for name, (score, normal) in columns.items()
        },
        "sources": parts_of(parts),
    }


def _as_needed(flows: FlowBatch, needs: Needs) -> FlowBatch:
    """The batch as a detector is promised it: without history and carried rows, or with."""
    if needs.history:
        return flows
    if flows.carried:
        return flows.take(slice(flows.carried, None))
    return replace(flows, history=None)


def _temperature(scores: Any, calibrate: Labelled) -> float:
    if scores.probabilities is None:
        return 1.0
    place = {family: i for i, family in enumerate(scores.families)}
    known = np.array([family in place for family in calibrate.families])
    truth = np.array([place.get(family, 0) for family in calibrate.families])
    assert calibrate.flows.weight is not None
    weight = calibrate.flows.weight[calibrate.flows.carried :]
    temperature: float = fit_temperature(scores.probabilities[known], truth[known], weight[known])
    return temperature


def _distribution(detector: str) -> str:
    return next(d.distribution for d in installed_detectors() if d.name == detector)


def _training(
    captures: Sequence[LabelledCapture], licences: Mapping[str, str]
) -> tuple[TrainingSource, ...]:
    by_source: dict[str, list[TrainingFile]] = {}
    for capture in captures:
        file = TrainingFile(capture.name.rsplit("/", 1)[-1], capture.sha256)
        by_source.setdefault(capture.source, []).append(file)
    return tuple(
        TrainingSource(source, licences.get(source, "none stated"), tuple(files))
        for source, files in sorted(by_source.items())
    )
