"""Fitting: labelled flows in, a bundle out.

Sources are parted, never rows: detectors are fitted on some, calibrated on the benign
flows of others, and measured on those left out of both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from types import MappingProxyType
from typing import Any

import numpy as np

from netad_pcap.capture.wording import count_of
from netad_pcap.detection import (
    Bundle,
    BundleDetector,
    BundleReference,
    Needs,
    Scorer,
    Scores,
    TrainingFile,
    TrainingSource,
    fit_temperature,
    load_detector,
)
from netad_pcap.detection.contract import heard_alone
from netad_pcap.detection.registry import installed_detectors
from netad_pcap.errors import ModelError
from netad_pcap.families import BENIGN
from netad_pcap.flows import FlowBatch
from netad_pcap.schema import PROFILES
from netad_pcap.training.cards import card_text
from netad_pcap.training.coverage import achieved_coverage
from netad_pcap.training.kinds import Benign, Kind, baseline_of, baselines_of_kinds
from netad_pcap.training.labelled import Labelled, LabelledCapture, join
from netad_pcap.training.measuring import FPR, figures_of, measure_bundle
from netad_pcap.training.splits import Parts, sources_by_part
from netad_pcap.training.starting import fitted_detector, given_parameters

__all__ = [
    "Learned",
    "Witness",
    "as_needed",
    "bundle_of",
    "fit_bundle",
    "joint_needs",
    "learn",
    "needs_of_detector",
    "needs_of_detectors",
]


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
    return joint_needs([needs_of_detector(n, profile, parameters.get(n, {})) for n in names])


def joint_needs(needs: Sequence[Needs]) -> Needs:
    """What several detectors read together."""
    return Needs(
        columns=tuple(dict.fromkeys(column for need in needs for column in need.columns)),
        context=tuple(dict.fromkeys(column for need in needs for column in need.context)),
        history=max((need.history for need in needs), default=0),
    )


@dataclass(frozen=True, eq=False)
class Learned:
    """A detector that has learned, before it stands in a bundle.

    Attributes:
        name: entry point of its class.
        parameters: keywords of its constructor.
        detector: itself.
    """

    name: str
    parameters: Mapping[str, Any]
    detector: Any


@dataclass(frozen=True, eq=False)
class Witness:
    """Captures that calibrate, and detectors that were not fitted to them.

    Attributes:
        captures: at least one.
        learned: in the order of the bundle's detectors.
    """

    captures: tuple[LabelledCapture, ...]
    learned: tuple[Learned, ...]


def learn(
    captures: Sequence[LabelledCapture],
    detectors: Sequence[str],
    *,
    profile: str,
    seed: int,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    weighted: bool = True,
    warm: Mapping[str, BundleDetector] | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> tuple[Learned, ...]:
    """Fits detectors to captures; arguments as for `fit_bundle`.

    Raises:
        ModelError: a detector cannot learn these flows.
    """
    fit = join(captures, weighted=weighted)
    learned = []
    for name in detectors:
        kind = load_detector(name)
        asked = {**(parameters or {}).get(name, {}), "seed": seed}
        given = given_parameters(kind, profile, asked)
        start = (warm or {}).get(name)
        origin = "" if start is None else f" from the shipped {start.name}"
        words = f"fitting {name}{origin} on {count_of(len(fit.families), 'flow')}"
        say(f"{words} of {count_of(len(captures), 'capture')}")
        needs = kind(**(given if start is None else start.parameters)).needs
        needed = as_needed(fit.flows, needs)
        fitted, given = fitted_detector(name, needed, fit.families, given, start)
        learned.append(Learned(name, given, fitted))
    return tuple(learned)


def fit_bundle(
    name: str,
    parts: Parts,
    detectors: Sequence[str],
    *,
    profile: str,
    seed: int,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
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
    if not all(any((c.families == BENIGN).any() for c in p) for p in (parts.fit, parts.calibrate)):
        raise ModelError("no benign flow to fit or to calibrate on; see the truth file")
    learned = learn(
        parts.fit,
        detectors,
        profile=profile,
        seed=seed,
        parameters=parameters,
        weighted=weighted,
        warm=warm,
        say=say,
    )
    bundle = bundle_of(
        name,
        learned,
        parts.fit,
        [Witness(parts.calibrate, learned)],
        profile=profile,
        seed=seed,
        weighted=weighted,
        prefix=prefix,
        uses=uses,
        clock=clock,
        say=say,
    )
    metrics: dict[str, Any] = {**bundle.metrics, "sources": sources_by_part(parts)}
    if parts.hold_out:
        metrics["held_out"] = figures_of(measure_bundle(bundle, parts, fpr), seed)
    bundle = replace(bundle, metrics=metrics)
    return replace(bundle, card=card_text(bundle))


def bundle_of(
    name: str,
    learned: Sequence[Learned],
    fitted_to: Sequence[LabelledCapture],
    witnesses: Sequence[Witness],
    *,
    profile: str,
    seed: int,
    licences: Mapping[str, str] | None = None,
    bundle_version: str = "1",
    baseline: str = "own",
    kinds: Sequence[Kind] = (),
    weighted: bool = True,
    prefix: str = "",
    uses: Sequence[Bundle] = (),
    clock: str = "us",
    say: Callable[[str], None] = lambda line: None,
) -> Bundle:
    """A bundle of detectors that have learned, calibrated on what witnesses say; no card yet.

    Args:
        learned: what the bundle holds.
        fitted_to: the captures that they have learned.
        witnesses: captures that calibrate, each with the detectors to ask.
        baseline: name of its general baseline, of all that calibrates.
        kinds: each gets a baseline beside it, where there is enough to calibrate on.
        bundle_version: of the bundle.
        licences: source → licence, for the card.

    The others are those of `fit_bundle`.

    Raises:
        ModelError: no benign flow to calibrate on.
    """
    calibrate = join([c for w in witnesses for c in w.captures], weighted=weighted)
    normal = calibrate.families == BENIGN
    if not normal.any():
        raise ModelError("no benign flow to calibrate on; see the truth file")
    members = []
    novelty = {}
    alone = {prefix + m.name for m in learned if heard_alone(m.detector)}
    for place, mine in enumerate(learned):
        said = _testimony(witnesses, place, weighted)
        novelty[prefix + mine.name] = said.novelty[normal]
        members.append(
            BundleDetector(
                name=prefix + mine.name,
                detector=mine.name,
                distribution=_distribution(mine.name),
                version=version(_distribution(mine.name)),
                parameters=mine.parameters,
                arrays=mine.detector.to_arrays(),
                temperature=_temperature(said, calibrate),
            )
        )
    references = []
    for used in uses:
        say(f"calibrating {used.name} {used.version}")
        scorer, _ = Scorer([used], device="cpu").able(calibrate.flows)
        scored = scorer.score(calibrate.flows)
        alone |= scorer.heard_alone
        for column, label in enumerate(scorer.detectors):
            novelty[label] = scored.novelty[normal, column]
        references.append(BundleReference(used.name, used.version, used.sha256, scorer.detectors))
    own = calibrate.flows.take(calibrate.flows.carried + np.flatnonzero(normal))
    assert own.weight is not None
    source, capture = calibrate.source[normal], calibrate.capture[normal]
    benign = Benign(own, novelty, source, capture, frozenset(alone))
    columns = [n for n in PROFILES[profile].features if n in own.features] + [*own.context]
    return Bundle(
        name=name,
        version=bundle_version,
        profile=profile,
        clock=clock,
        seed=seed,
        detectors=tuple(members),
        uses=tuple(references),
        baselines=(
            baseline_of(baseline, benign, columns),
            *baselines_of_kinds(kinds, benign, columns, say),
        ),
        training=_training(fitted_to, licences or {}),
        made_with={p: version(p) for p in ("netad-pcap", "numpy", "torch", "scikit-learn")},
        metrics={"coverage": achieved_coverage(novelty, own.weight, source, capture, alone)},
    )


def _testimony(witnesses: Sequence[Witness], place: int, weighted: bool) -> Scores:
    """What the detector at a place says of all captures that calibrate, in their order."""
    parts = []
    for witness in witnesses:
        detector = witness.learned[place].detector
        flows = join(witness.captures, weighted=weighted).flows
        parts.append(detector.score(as_needed(flows, detector.needs)))
    first = parts[0]
    if any(part.families != first.families for part in parts):
        raise ValueError("detectors fitted to different captures must name the same families")
    if first.probabilities is None:
        return Scores(novelty=np.concatenate([part.novelty for part in parts]))
    return Scores(
        novelty=np.concatenate([part.novelty for part in parts]),
        families=first.families,
        probabilities=np.concatenate([part.probabilities for part in parts]),
    )


def as_needed(flows: FlowBatch, needs: Needs) -> FlowBatch:
    """What a detector asks for of a batch: without history and carried rows, or with."""
    if needs.history and flows.history is not None:
        # Another detector may read further back.
        return replace(flows, history=flows.history[:, -needs.history :])
    return replace(flows.without_carried(), history=None)


def _temperature(scores: Scores, calibrate: Labelled) -> float:
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
