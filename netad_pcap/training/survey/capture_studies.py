"""Studies of captures: sources left out in turns, the lab's networks, and their own baselines."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from netad_pcap.families import BENIGN
from netad_pcap.training.evaluation import Measured, measure
from netad_pcap.training.labelled import LabelledCapture, cut_apart
from netad_pcap.training.reproduction.methods import MOST_LEARNED, Method
from netad_pcap.training.splits import deal_sources
from netad_pcap.training.survey.capture_figures import capture_figures
from netad_pcap.training.survey.capture_sets import (
    MOST_KEPT,
    LabSet,
    lab_set,
    lab_sums,
    public_set,
    public_sums,
)
from netad_pcap.training.survey.fitted import Cost, fitted, keywords_here, scored
from netad_pcap.training.survey.sampling import MOST_TRIED, thinned, tried
from netad_pcap.training.survey.study import Places

__all__ = ["CAPTURE_STUDIES", "LabStudy", "PublicStudy"]

#: Sources are dealt to so many folds, each left out once: the rest is learned from.
_FOLDS = 3
_READS = (
    "Flows in `cic-fixed`; methods read its columns and the context columns. Of a class in one "
    f"capture at most {MOST_KEPT:,} flows are kept, and {MOST_TRIED} of an attack tried, drawn at "
    "random."
)
#: Of a network's own clean capture, in time: to learn from, then to set thresholds by; the rest is
#: what false alarms are counted on.
_LEARNED, _CALIBRATED = 0.5, 0.75


@dataclass(frozen=True)
class PublicStudy:
    """Public captures, sources left out in turns."""

    name: str = "captures"
    title: str = "Public captures: sources left out in turns"
    says: tuple[str, ...] = (
        f"Sources (repositories) are dealt to {_FOLDS} folds, anew for each seed; each fold is "
        "left out once, the others are learned from. Thresholds come from clean captures of "
        "other sources that were left out too.",
        _READS,
    )
    tests: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({"left out": "Captures, sources left out"})
    )
    revision: int = 2

    def takes(self, method: Method) -> bool:
        """All methods."""
        return bool(method.detectors)

    def hashes(self, places: Places) -> Mapping[str, str]:
        """Of the index.

        Raises:
            UsageError: it is not there.
        """
        return public_sums(places.data)

    def keywords(self, method: Method, seed: int) -> Mapping[str, Mapping[str, Any]]:
        """By detector of the method, its keywords here."""
        return keywords_here(method, seed)

    def compute(self, method: Method, seed: int, places: Places) -> dict[str, Any]:
        """In turns, see `Study.compute`."""
        captures = public_set(places.data)
        cost = Cost()
        measured: list[Measured] = []
        there = 0
        for fold in deal_sources(captures, seed, _FOLDS):
            others = [capture for capture in captures if capture.group not in fold]
            there = max(there, _flows(others))
            detector = fitted(method, thinned(others, MOST_LEARNED, seed), seed, cost)
            left_out = [capture for capture in captures if capture.group in fold]
            measured.extend(measure(scored(detector, tried(left_out), cost)))
        figures = capture_figures(measured, seed)
        return {**cost.told(), "rows_of": there, "tests": {"left out": figures}}


@dataclass(frozen=True)
class LabStudy:
    """The lab's networks: some learned from, others judged, also by their own clean traffic."""

    name: str = "lab"
    title: str = "The lab's networks: learned from those of part `train`, tried on others"
    says: tuple[str, ...] = (
        "Left out: learned from the networks of part `train`; thresholds for a network of part "
        "`test` come from the clean captures of the others there.",
        "Own baseline: thresholds come from the network's own clean capture. Methods that learn "
        "from benign flows alone learn from its first half; what tells families apart cannot, and "
        "is the one fitted to part `train`. The third quarter sets thresholds (AUC is against "
        "it), the last shows the false alarms; attacks are those of the network, as recorded.",
        "The networks share a kernel, servers and part of the attackers' tools: beside the public "
        "captures these figures are upper bounds of what another network would show.",
        _READS,
    )
    tests: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType(
            {"left out": "Lab, networks left out", "own baseline": "Lab, own baseline"}
        )
    )
    revision: int = 2

    def takes(self, method: Method) -> bool:
        """All methods."""
        return bool(method.detectors)

    def hashes(self, places: Places) -> Mapping[str, str]:
        """Of the recording's split.

        Raises:
            UsageError: there is no recording.
        """
        return lab_sums(places.lab)

    def keywords(self, method: Method, seed: int) -> Mapping[str, Mapping[str, Any]]:
        """By detector of the method, its keywords here."""
        return keywords_here(method, seed)

    def compute(self, method: Method, seed: int, places: Places) -> dict[str, Any]:
        """Fits once, and once a network where it can; see `Study.compute`."""
        assert places.lab is not None
        lab = lab_set(places.lab)
        cost = Cost()
        others = fitted(method, thinned(lab.train, MOST_LEARNED, seed), seed, cost)
        left_out = measure(scored(others, tried(lab.test), cost))
        # What it costs, and its size, are told of the fit to many networks.
        told = cost.told()
        own: list[Measured] = []
        for network in sorted({capture.source for capture in lab.test}):
            own.extend(_on_own_baseline(method, lab, network, seed, others))
        return {
            **told,
            "rows_of": _flows(lab.train),
            "tests": {
                "left out": capture_figures(left_out, seed),
                "own baseline": capture_figures(own, seed),
            },
        }


def _on_own_baseline(
    method: Method, lab: LabSet, network: str, seed: int, others: Any
) -> list[Measured]:
    """Figures of one network by thresholds of its own."""
    mine = [c for c in lab.test if c.source == network and c.name in lab.recorded]
    clean = [capture for capture in mine if (capture.families == BENIGN).all()]
    pieces = [_in_time(capture) for capture in clean]
    learn, calibrate, rest = ([piece[part] for piece in pieces] for part in range(3))
    detector = others
    if method.alone or not hasattr(others, "families"):
        detector = fitted(method, learn, seed, Cost(), weighted=False)
    attacked = tried([capture for capture in mine if capture not in clean])
    held = scored(detector, [replace(c, group="tried") for c in (*attacked, *rest)], Cost())
    own = scored(detector, [replace(c, group="own") for c in calibrate], Cost())
    return measure(held, own)


def _in_time(capture: LabelledCapture) -> Sequence[LabelledCapture]:
    """A capture's flows, in the order in which they ended, in three pieces that share none."""
    n = len(capture.families)
    cuts = [0, round(n * _LEARNED), round(n * _CALIBRATED), n]
    return cut_apart(capture, [np.arange(*ends) for ends in itertools.pairwise(cuts)])


def _flows(captures: Sequence[LabelledCapture]) -> int:
    return sum(len(capture.families) for capture in captures)


CAPTURE_STUDIES = (PublicStudy(), LabStudy())
