"""The detectors of several bundles, restored once each, moved to one device, asked as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture.wording import count_of
from netad_pcap.detection.bundle import Bundle, BundleDetector
from netad_pcap.detection.bundle_file import read_bundle
from netad_pcap.detection.contract import Needs, Scores, check_scores, explanation, heard_alone
from netad_pcap.detection.devices import Device, move
from netad_pcap.detection.probabilities import temper
from netad_pcap.detection.registry import find_bundle
from netad_pcap.errors import ModelError, NetadError
from netad_pcap.flows import FlowBatch

__all__ = ["Member", "members_of", "needs_of"]


@dataclass(frozen=True, eq=False)
class Member:
    """One detector at work.

    Attributes:
        label: as reports call it.
        name: as baselines of its bundle call it.
        bundle: place of the bundle that calibrates it.
        detector: the detector itself.
        temperature: of its family probabilities.
    """

    label: str
    name: str
    bundle: int
    detector: Any
    temperature: float

    @property
    def needs(self) -> Needs:
        """What it reads of a batch."""
        needs: Needs = self.detector.needs
        return needs

    @property
    def heard_alone(self) -> bool:
        """Whether it stands beside the mean of the others (`fusion`)."""
        return heard_alone(self.detector)

    def score(self, flows: FlowBatch) -> Scores:
        """Its scores of the flows that are not carried, probabilities calibrated.

        Raises:
            ModelError: the flows lack something that it needs, or it failed.
        """
        given = self._given(flows)
        with self._named(flows):
            scores: Scores = self.detector.score(given)
        check_scores(scores, len(flows) - flows.carried, self.label)
        if scores.probabilities is None:
            return scores
        return replace(scores, probabilities=temper(scores.probabilities, self.temperature))

    def contributions(
        self,
        flows: FlowBatch,
        rows: NDArray[np.intp],
        scores: Scores,
        usual: Mapping[str, float],
    ) -> Mapping[str, NDArray[np.float64]]:
        """By column, float64 [len(rows)], what it adds to the novelty of some rows; empty where
        the detector cannot say.

        Args:
            flows: the batch.
            rows: numbers among those that are not carried.
            scores: what it said of the batch.
            usual: by column, the median of the baseline's flows.

        Raises:
            ModelError: it failed, or said something else than that.
        """
        if not len(rows) or not hasattr(self.detector, "explain"):
            return {name: column[rows] for name, column in scores.contributions.items()}
        given = self._given(flows)
        with self._named(flows):
            told = explanation(self.detector, given, rows, usual)
        asked = Scores(novelty=scores.novelty[rows], contributions=told)
        check_scores(asked, len(rows), self.label)
        return told

    @contextmanager
    def _named(self, flows: FlowBatch) -> Iterator[None]:
        """A third party's code on a stranger's traffic: it is named, the program ends in one
        line."""
        try:
            yield
        except NetadError:
            raise
        except Exception as problem:
            reason = " ".join(str(problem).split())[:200]
            raise ModelError(
                f"detector {self.label} failed on {count_of(len(flows), 'flow')}: "
                f"{type(problem).__name__}: {reason}"
            ) from problem

    def _given(self, flows: FlowBatch) -> FlowBatch:
        needs = self.needs
        missing = [name for name in needs.columns if not flows.has(name)]
        if missing:
            raise ModelError(f"detector {self.label} needs columns that the flows lack: "
                             f"{', '.join(missing)}")  # fmt: skip
        missing = [name for name in needs.context if name not in flows.context]
        if missing:
            raise ModelError(
                f"detector {self.label} needs context columns that the flows lack "
                f"({', '.join(missing)}); they are made from addresses, ports and times"
            )
        # Where it may, a detector gets the batch itself: what several read is computed once.
        if not needs.history:
            return flows
        length = 0 if flows.history is None else flows.history.shape[1]
        if flows.history is None or length < needs.history:
            raise ModelError(
                f"detector {self.label} needs the last {needs.history} flows of each source, "
                f"which these flows lack; they are made from addresses and times"
            )
        if length == needs.history:
            return flows
        return replace(flows, history=flows.history[:, length - needs.history :])


def needs_of(members: Sequence[Member]) -> Needs:
    """What all of them read together."""
    needs = [member.needs for member in members]
    return Needs(
        columns=tuple(dict.fromkeys(name for n in needs for name in n.columns)),
        context=tuple(dict.fromkeys(name for n in needs for name in n.context)),
        history=max((n.history for n in needs), default=0),
    )


def members_of(bundles: Sequence[Bundle], device: Device) -> list[Member]:
    """Restore the detectors that the bundles' baselines calibrate, and move them.

    A detector that two bundles use is restored once. Two of one name are told apart by their
    bundles: `autoencoder@office`.

    Raises:
        ModelError: a detector or a bundle that is used is missing, or is another version.
        DeviceError: the device refused.
    """
    restored: dict[tuple[str, str], Any] = {}
    found: list[tuple[int, BundleDetector, Any]] = []
    for place, bundle in enumerate(bundles):
        used = {name for baseline in bundle.baselines for name in baseline.calibration}
        for home, entry in _entries(bundle, bundles):
            if entry.name not in used:
                continue
            key = (home.sha256 or str(id(home)), entry.name)
            if key not in restored:
                detector = entry.load(home.name)
                move(detector, device)
                restored[key] = detector
            found.append((place, entry, restored[key]))
    names = [entry.name for _, entry, _ in found]
    return [
        Member(
            label=entry.name
            if names.count(entry.name) == 1
            else f"{entry.name}@{bundles[place].name}",
            name=entry.name,
            bundle=place,
            detector=detector,
            temperature=entry.temperature,
        )
        for place, entry, detector in found
    ]


def _entries(bundle: Bundle, given: Sequence[Bundle]) -> list[tuple[Bundle, BundleDetector]]:
    """A bundle's detectors, own and borrowed, each with the bundle that holds it."""
    entries = [(bundle, entry) for entry in bundle.detectors]
    for use in bundle.uses:
        home = next((b for b in given if b.sha256 == use.sha256), None)
        if home is None:
            home = read_bundle(find_bundle(use.bundle))
        if home.sha256 != use.sha256:
            raise ModelError(
                f"{bundle.name} holds baselines for model {use.bundle} {use.version}; "
                f"{home.version} is installed, whose scores differ: make {bundle.name} again with "
                f"netad-pcap train, or install that version"
            )
        by_name = {entry.name: entry for entry in home.detectors}
        for name in use.detectors:
            if name not in by_name:
                raise ModelError(f"{bundle.name} uses detector {name}, which {home.name} lacks")
            entries.append((home, by_name[name]))
    return entries
