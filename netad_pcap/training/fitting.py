"""Fitting: labelled flows in, a bundle out.

Sources are parted, never rows: detectors are fitted on some, calibrated on the benign
flows of others, and measured on those left out of both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection import (
    Baseline,
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
)
from netad_pcap.detection.registry import installed_detectors
from netad_pcap.errors import ModelError
from netad_pcap.families import BENIGN
from netad_pcap.flows import FlowBatch
from netad_pcap.schema import PROFILES
from netad_pcap.training.cards import card_text
from netad_pcap.training.coverage import achieved_coverage
from netad_pcap.training.labelled import Labelled, LabelledCapture, join
from netad_pcap.training.measuring import FPR, figures_of, measure_bundle
from netad_pcap.training.splits import Parts, sources_by_part
from netad_pcap.training.starting import fitted_detector, given_parameters

__all__ = ["as_needed", "fit_bundle", "needs_of_detector", "needs_of_detectors"]


def needs_of_detector(
    name: str, profile: str, parameters: Mapping[str, Any] = MappingProxyType({})
) -> Needs:
    """What a detector reads of flows of a profile, by its defaults and the parameters given.

    Raises:
        ModelError: a parameter that it does not have, or a value that it does not take.
    """
    kind = load_detector(name)
    try:
        needs: Needs = kind(**given_parameters(kind, profile, parameters)).needs
    except (TypeError, ValueError) as problem:
        raise ModelError(f"detector {name}: {problem}") from None
    return needs


def needs_of_detectors(
    names: Sequence[str],
    profile: str,
    parameters: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> Needs:
    """What these detectors read together."""
    needs = [needs_of_detector(name, profile, parameters.get(name, {})) for name in names]
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
    baseline_of: Mapping[str, str] | None = None,
    weighted: bool = True,
    fpr: float = FPR,
    prefix: str = "",
    uses: Sequence[Bundle] = (),
    warm: Mapping[str, BundleDetector] | None = None,
    clock: str = "us",
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
        baseline_of: source → name, for sources to calibrate on that have baselines of their own.
        weighted: captures weigh alike (several networks); else flows do (one network).
        fpr: budget of the verdicts that are measured.
        prefix: before the detectors' names, so that they differ from those of `uses`.
        uses: bundles whose detectors get a baseline here too, and are fused.
        warm: by detector, what it starts from; others start from nothing.
        clock: resolution of the flows' times, `us` or `ms`.
        say: told what is done.

    Raises:
        ModelError: no benign flow to fit or to calibrate on, or too few for `fpr`.
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
        asked = {**(parameters or {}).get(detector, {}), "seed": seed}
        given = given_parameters(kind, profile, asked)
        start = (warm or {}).get(detector)
        origin = "" if start is None else f" from the shipped {start.name}"
        words = f"fitting {detector}{origin} on {len(fit.families):,} flows"
        say(f"{words} of {len(parts.fit)} captures")
        needs = kind(**(given if start is None else start.parameters)).needs
        needed = as_needed(fit.flows, needs)
        fitted, given = fitted_detector(detector, needed, fit.families, given, start)
        scores = fitted.score(as_needed(calibrate.flows, fitted.needs))
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
        scorer, _ = Scorer([used], device="cpu").able(calibrate.flows)
        scored = scorer.score(calibrate.flows)
        for column, label in enumerate(scorer.detectors):
            novelty[label] = scored.novelty[normal, column]
        references.append(BundleReference(used.name, used.version, used.sha256, scorer.detectors))
    own = calibrate.flows.take(calibrate.flows.carried + np.flatnonzero(normal))
    given_name = {**dict.fromkeys(calibrate.source[normal], baseline), **(baseline_of or {})}
    names = np.array([given_name[source] for source in calibrate.source[normal]], object)
    bundle = Bundle(
        name=name,
        version=bundle_version,
        profile=profile,
        clock=clock,
        seed=seed,
        detectors=tuple(members),
        uses=tuple(references),
        baselines=tuple(
            _baseline(name, rows, own, novelty, calibrate, normal, profile)
            for name, rows in (
                (name, np.flatnonzero(names == name)) for name in dict.fromkeys(sorted(names))
            )
        ),
        training=_training(parts.fit, licences or {}),
        made_with={p: version(p) for p in ("netad-pcap", "numpy", "torch", "scikit-learn")},
    )
    assert own.weight is not None
    metrics: dict[str, Any] = {
        "sources": sources_by_part(parts),
        "coverage": achieved_coverage(
            novelty, own.weight, calibrate.source[normal], calibrate.capture[normal]
        ),
    }
    if parts.hold_out:
        metrics["held_out"] = figures_of(measure_bundle(bundle, parts, fpr), seed)
    bundle = replace(bundle, metrics=metrics)
    return replace(bundle, card=card_text(bundle))


def _baseline(
    name: str,
    rows: NDArray[np.intp],
    own: FlowBatch,
    novelty: Mapping[str, NDArray[np.float64]],
    calibrate: Labelled,
    normal: NDArray[np.bool_],
    profile: str,
) -> Baseline:
    """A baseline from some of the benign flows to calibrate on."""
    flows = own.take(rows)
    sources = sorted(set(calibrate.source[normal][rows]))
    return fit_baseline(
        name,
        flows,
        {detector: scores[rows] for detector, scores in novelty.items()},
        [*(name for name in PROFILES[profile].features if name in own.features), *own.context],
        says=f"benign flows of {sources[0] if len(sources) == 1 else f'{len(sources)} sources'}",
        weights=flows.weight,
        groups=calibrate.capture[normal][rows],
    )


def as_needed(flows: FlowBatch, needs: Needs) -> FlowBatch:
    """The batch as a detector is promised it: without history and carried rows, or with."""
    if needs.history and flows.history is not None:
        # Another detector may read further back.
        return replace(flows, history=flows.history[:, -needs.history :])
    return replace(flows.without_carried(), history=None)


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
