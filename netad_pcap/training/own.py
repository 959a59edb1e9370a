"""A bundle from a user's captures: a detector of their own, and own baselines for the shipped.

Without a truth file all flows are taken as benign and the bundle learns what is normal on
this network; with one the captures' sources are parted and the bundle is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from netad_pcap.detection import Bundle, default_bundles, read_bundle
from netad_pcap.detection.calibration import flows_needed
from netad_pcap.errors import ModelError, UsageError
from netad_pcap.families import BENIGN
from netad_pcap.training.fitting import fit_bundle, needs_of_detectors
from netad_pcap.training.labelled import LabelledCapture, label_captures, some_rows
from netad_pcap.training.splits import Parts, part_sources
from netad_pcap.training.truth import read_truth

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
        skipped: captures that no line of the truth file names, or that cannot be read.
    """

    bundle: Bundle
    flows: int
    captures: int
    skipped: tuple[str, ...]


def train(
    captures: Sequence[str],
    name: str,
    *,
    truth: str | None = None,
    detectors: Sequence[str] = ("autoencoder",),
    profile: str = "cic-fixed",
    meter: str = "nfstream",
    fpr: float = 0.01,
    seed: int = 0,
    say: Callable[[str], None] = lambda line: None,
) -> Trained:
    """Fits and calibrates detectors on captures.

    Args:
        captures: files.
        name: of the bundle.
        truth: truth file; None: everything is benign.
        detectors: names of installed detectors.
        profile: rule book.
        meter: `native` or `nfstream`.
        fpr: budget that the calibration must be able to resolve.
        seed: of everything that is drawn.
        say: told what is done.

    Raises:
        ModelError: too few flows, captures or sources; says how many are needed.
        UsageError: the truth file cannot be read, or names none of the captures.
    """
    uses = [] if truth else [read_bundle(found) for found in default_bundles()]
    needs = needs_of_detectors(detectors)
    used = [need for bundle in uses for need in (needs_of_detectors(_own(bundle)),)]
    skipped: list[str] = []
    labelled = list(
        label_captures(
            captures,
            None if truth is None else read_truth(truth),
            profile=profile,
            history=max([needs.history, *(need.history for need in used)]),
            columns=tuple({c: None for need in (needs, *used) for c in need.columns}),
            most_rows=MOST_ROWS,
            seed=seed,
            meter_name=meter,
            unlabelled=skipped.append,
        )
    )
    if not labelled:
        raise UsageError("no labelled flow in these captures" + (f"; see {truth}" if truth else ""))
    parts = _by_source(labelled, seed) if truth else _by_time(labelled)
    normal = sum(int((c.families == BENIGN).sum()) for c in parts.calibrate)
    if normal < flows_needed(fpr):
        raise ModelError(
            f"{normal:,} benign flows to calibrate on; --fpr {fpr:g} needs at least "
            f"{flows_needed(fpr):,} (and as many more to fit on): add captures"
        )
    bundle = fit_bundle(
        name,
        parts,
        detectors,
        profile=profile,
        seed=seed,
        weighted=truth is not None,
        fpr=fpr,
        prefix="" if truth else _PREFIX,
        uses=uses,
        say=say,
    )
    flows = sum(len(c.families) for c in labelled)
    return Trained(bundle, flows, len(labelled), tuple(skipped))


def bundle_name(path: str) -> str:
    """What a bundle in this file is called."""
    return Path(path).name.removesuffix(".netad")


def _own(bundle: Bundle) -> list[str]:
    return [detector.detector for detector in bundle.detectors]


def _by_source(captures: Sequence[LabelledCapture], seed: int) -> Parts:
    sources = {capture.source for capture in captures}
    if len(sources) < _SOURCES:
        raise ModelError(
            f"the truth file names {len(sources)} sources of these captures; {_SOURCES} are needed "
            "to fit, calibrate and measure on different ones (column source)"
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
            fit.append(some_rows(capture, np.arange(cut)))
            calibrate.append(some_rows(capture, np.arange(cut, n)))
    return Parts(tuple(fit), tuple(calibrate), ())
