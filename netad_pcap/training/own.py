"""A bundle from a user's captures: a detector of their own, and own baselines for the shipped.

Without labels all flows are taken as benign and the bundle learns what is normal on this
network; with a truth file, or tables whose `Label` names attacks, sources are parted and the
bundle is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from netad_pcap.capture.wording import count_of
from netad_pcap.context.tables import REMARK
from netad_pcap.detection import Bundle, Needs, default_bundles, read_bundle
from netad_pcap.detection.calibration import flows_needed
from netad_pcap.detection.lacking import lacking, left_out
from netad_pcap.engine import METERS
from netad_pcap.errors import ModelError, UsageError
from netad_pcap.families import ATTACKS, BENIGN
from netad_pcap.flows import FlowBatch
from netad_pcap.metering.rules import PROFILES as RULE_BOOKS
from netad_pcap.training.contamination import look_for_contamination
from netad_pcap.training.coverage import coverage_lines
from netad_pcap.training.fitting import (
    fit_bundle,
    joint_needs,
    needs_of_detector,
    needs_of_detectors,
)
from netad_pcap.training.labelled import (
    MOST_WEIGHT,
    LabelledCapture,
    cut_apart,
    label_captures,
)
from netad_pcap.training.labelled_tables import (
    first_rows,
    give_context,
    label_tables,
    open_tables,
    profile_of_tables,
)
from netad_pcap.training.own_data import clock_of, little_data
from netad_pcap.training.splits import Parts, part_sources
from netad_pcap.training.starting import shipped_weights, with_context
from netad_pcap.training.table_labels import UNLABELLED
from netad_pcap.training.truth import Truth, read_truth

__all__ = ["Trained", "train"]

#: Of a class in one capture so many flows are kept.
MOST_ROWS = 20_000
#: Share of a network's own flows that calibrate; the later ones.
_CALIBRATE = 0.4
#: Sources that it takes to part them.
_SOURCES = 5
_PREFIX = "own-"


@dataclass(frozen=True)
class Trained:
    """What `train` made.

    Attributes:
        bundle: not yet written.
        flows, captures: how many flows of how many captures went into it.
        skipped: captures and tables without a labelled flow, or that cannot be read.
    """

    bundle: Bundle
    flows: int
    captures: int
    skipped: tuple[str, ...]


def train(
    captures: Sequence[str],
    name: str,
    *,
    tables: bool = False,
    truth: str | None = None,
    detectors: Sequence[str] = ("autoencoder",),
    parameters: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    profile: str = "cic-fixed",
    meter: str = METERS[0],
    timezone: str = "UTC",
    fpr: float = 0.01,
    seed: int = 0,
    trim: bool = False,
    warm_start: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> Trained:
    """Fits and calibrates detectors on captures.

    Args:
        captures: files.
        name: of the bundle.
        tables: they are flow tables, whose profile goes and whose `Label` column is the truth
            where no truth file is given.
        truth: truth file; None: everything is benign, unless tables say otherwise.
        detectors: names of installed detectors.
        parameters: by detector, keywords of its constructor other than its defaults.
        profile: rule book of captures.
        meter: `native` or `nfstream`.
        timezone: of the local times of tables.
        fpr: budget that the calibration must be able to resolve.
        seed: of everything that is drawn.
        trim: leave out the flows of what the shipped models find, where all is said to be benign.
        warm_start: detectors go on from the shipped weights.
        say: told what is done and what is left out.

    Raises:
        ModelError: too few flows, captures or sources; says how many are needed. Or a detector
            reads what a table lacks; names both.
        UsageError: the truth file cannot be read, or names none of the captures; tables of
            several profiles.
    """
    for named in parameters:
        if named not in detectors:
            raise UsageError(f"parameters of {named} are set, which is not among the detectors")
    rules = None if truth is None else read_truth(truth)
    opened = open_tables(captures, timezone) if tables else {}
    if tables:
        profile = profile_of_tables(opened)
    rows = first_rows(opened)
    if profile in RULE_BOOKS and give_context(rows):
        parameters = with_context(detectors, parameters)
    for detector in detectors:
        needs = needs_of_detector(detector, profile, parameters.get(detector, {}))
        _refuse_lacking(detector, needs, rows)
    uses = [] if truth else _usable(profile, rows, say)
    needs = joint_needs(
        [needs_of_detectors(detectors, profile, parameters), *(need for _, need in uses)]
    )
    skipped: list[str] = []
    kept: dict[str, Any] = {
        "history": needs.history,
        "columns": needs.columns,
        "context": needs.context,
        "most_rows": MOST_ROWS,
        "seed": seed,
        "unlabelled": skipped.append,
    }

    def label(rules: Truth | None) -> list[LabelledCapture]:
        if tables:
            return list(label_tables(opened, rules, **kept))
        return list(label_captures(captures, rules, profile=profile, meter_name=meter, **kept))

    labelled = label(rules)
    several = truth is not None
    if tables and not several:
        labelled, several = _by_labels(labelled, skipped)
    if not labelled:
        raise UsageError("no labelled flow in these captures" + (f"; see {truth}" if truth else ""))
    if tables and any(capture.flows.context for capture in labelled):
        say(REMARK)
    if not several:
        names = [capture.name for capture in labelled]
        contamination = look_for_contamination(
            names, [bundle for bundle, _ in uses], tables=opened, meter_name=meter
        )
        for line in contamination.lines(trimmed=trim):
            say(line)
        if trim and contamination:
            labelled = label(contamination.truth())
            if not labelled:
                raise ModelError("--trim leaves no flow to learn from: all are in findings")
    clock = "us" if tables else clock_of(labelled)
    for bundle, _ in uses:
        if bundle.clock != clock:
            say(
                f"other clock: the time stamps here are whole milliseconds, and model "
                f"{bundle.name} learnt from microseconds: columns of time, and its scores, are "
                "coarser"
            )
    parts = _by_source(labelled, seed) if several else _by_time(labelled)
    _require(fpr, parts, weighted=several)
    if not several:
        for line in little_data(parts):
            say(line)
    warm = shipped_weights(detectors, profile) if warm_start else {}
    bundle = fit_bundle(
        name,
        parts,
        detectors,
        profile=profile,
        seed=seed,
        parameters=parameters,
        weighted=several,
        fpr=fpr,
        prefix="" if several else _PREFIX,
        uses=[] if several else [bundle for bundle, _ in uses],
        warm=warm,
        clock=clock,
        say=say,
    )
    for line in coverage_lines(bundle.metrics):
        say(line)
    flows = sum(len(c.families) for c in labelled)
    return Trained(bundle, flows, len(labelled), tuple(skipped))


def bundle_name(path: str) -> str:
    """What a bundle in this file is called."""
    return Path(path).name.removesuffix(".netad")


def _refuse_lacking(detector: str, needs: Needs, rows: Mapping[str, FlowBatch]) -> None:
    for name, batch in rows.items():
        reason = lacking(needs, batch)
        if reason:
            raise ModelError(f"{name} cannot train detector {detector} ({reason})")


def _usable(
    profile: str, rows: Mapping[str, FlowBatch], say: Callable[[str], None]
) -> list[tuple[Bundle, Needs]]:
    """Shipped bundles for which own baselines can be made, and what their detectors that can
    judge such flows read; what is left out is said."""
    usable = []
    for bundle in map(read_bundle, default_bundles()):
        if bundle.profile != profile:
            say(
                f"left out: own baselines for model {bundle.name} (fitted to flows of "
                f"{bundle.profile}; these are of {profile})"
            )
            continue
        needs = {
            entry.name: needs_of_detector(entry.detector, profile, entry.parameters)
            for entry in bundle.detectors
        }
        missing = {
            name: next(filter(None, (lacking(asked, batch) for batch in rows.values())), "")
            for name, asked in needs.items()
        }
        for words in left_out(missing):
            say(f"left out: own baseline for {words}")
        able = [asked for name, asked in needs.items() if not missing[name]]
        if able:
            usable.append((bundle, joint_needs(able)))
    return usable


def _by_labels(
    tables: Sequence[LabelledCapture], skipped: list[str]
) -> tuple[list[LabelledCapture], bool]:
    """Tables by what their own labels say, and whether that is of attacks.

    Where no table names an attack there is one network to learn, and all is benign.
    """
    attacks = any(set(table.families.tolist()) & set(ATTACKS) for table in tables)
    if not attacks:
        benign = [replace(t, families=np.full(len(t.families), BENIGN, object)) for t in tables]
        return benign, False
    labelled = [table for table in tables if UNLABELLED not in table.families]
    skipped.extend(table.name for table in tables if UNLABELLED in table.families)
    return labelled, True


def _require(fpr: float, parts: Parts, *, weighted: bool) -> None:
    """Refuses a budget that the flows to calibrate on cannot resolve."""
    most = MOST_WEIGHT if weighted else np.inf
    weight = sum(min(most, int((c.families == BENIGN).sum())) for c in parts.calibrate)
    if weight < flows_needed(fpr):
        each = f", of which a capture or table counts for {MOST_WEIGHT:g} at most" * weighted
        raise ModelError(
            f"{weight:,.0f} benign flows to calibrate on{each}; --fpr {fpr:g} needs at least "
            f"{flows_needed(fpr):,} (and as many more to fit on): add captures"
        )


def _by_source(captures: Sequence[LabelledCapture], seed: int) -> Parts:
    sources = {capture.source for capture in captures}
    if len(sources) < _SOURCES:
        raise ModelError(
            f"labelled flows are of {count_of(len(sources), 'source')}; {_SOURCES} are needed to "
            "fit, calibrate and measure on different ones (column source of the truth file; "
            "without one a table is a source)"
        )
    return part_sources(captures, seed)


def _by_time(captures: Sequence[LabelledCapture]) -> Parts:
    """The first flows of each capture to fit on, the later ones to calibrate on.

    Cut in time, not at random: neighbouring flows are alike.
    """
    fit, calibrate = [], []
    for capture in captures:
        n = len(capture.families)
        cut = int(n * (1 - _CALIBRATE))
        if 0 < cut < n:
            # No window reaches from what calibrates into what is learned.
            learned, kept = cut_apart(capture, [np.arange(cut), np.arange(cut, n)])
            fit.append(learned)
            calibrate.append(kept)
    return Parts(tuple(fit), tuple(calibrate), ())
