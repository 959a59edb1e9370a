"""Small detectors and bundles for the tests of detection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection import (
    Baseline,
    Bundle,
    BundleDetector,
    Needs,
    Scores,
    TrainingFile,
    TrainingSource,
    fit_baseline,
)
from netad_pcap.flows import FlowBatch
from netad_pcap.testing import make_flows

COLUMNS = ("Flow Duration", "Tot Fwd Pkts", "Fwd Pkts/s")


class SizeDetector:
    """Novelty = |log column − its mean|, summed; says `scan` of whatever is far out."""

    name: ClassVar[str] = "size"
    needs = Needs(columns=COLUMNS)
    moves: ClassVar[list[str]] = []

    def __init__(self, *, power: float = 1.0, seed: int = 0) -> None:
        self.power = power
        self.seed = seed

    def fit(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> SizeDetector:
        self.mean_ = np.log1p(np.abs(flows.matrix(COLUMNS))).mean(axis=0)
        return self

    def score(self, flows: FlowBatch) -> Scores:
        values = np.log1p(np.abs(flows.matrix(COLUMNS)[flows.carried :]))
        parts = np.abs(values - self.mean_) ** self.power
        novelty = parts[:, 0] + parts[:, 1] + parts[:, 2]
        scan = novelty / (novelty + 12.0)
        return Scores(
            novelty=novelty,
            families=("benign", "scan"),
            probabilities=np.column_stack([1 - scan, scan]),
            contributions={name: parts[:, i].copy() for i, name in enumerate(COLUMNS)},
        )

    def to_arrays(self) -> Mapping[str, NDArray[Any]]:
        return {"mean": self.mean_}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], **parameters: Any) -> SizeDetector:
        detector = cls(**parameters)
        if "mean" not in arrays or arrays["mean"].shape != (3,):
            raise ValueError("array 'mean' is missing or of a wrong shape")
        detector.mean_ = arrays["mean"]
        return detector

    def to(self, device: str) -> None:
        self.moves.append(device)


def baseline(
    name: str, seed: int, novelty: Mapping[str, NDArray[np.float64]] | None = None, n: int = 400
) -> Baseline:
    flows = make_flows(n, seed)
    scores = {"size": fitted().score(flows).novelty} if novelty is None else novelty
    return fit_baseline(name, flows, scores, COLUMNS, says="made up")


def fitted() -> SizeDetector:
    return SizeDetector().fit(make_flows(400, seed=0))


def bundle(name: str = "example", **changes: Any) -> Bundle:
    fields: dict[str, Any] = {
        "name": name,
        "version": "1.0",
        "profile": "cic-fixed",
        "clock": "us",
        "seed": 7,
        "detectors": (
            BundleDetector("size", "size", "netad-size", "1", {"power": 1.0, "seed": 0},
                           fitted().to_arrays()),
        ),
        "baselines": (baseline("office", 1),),
        "training": (
            TrainingSource("made-up", "none stated", (TrainingFile("a.pcap", "0" * 64),)),
        ),
        "metrics": {"auc": {"scan": 0.9}},
        "card": "# Example\n",
        "made_with": {"numpy": "2"},
    }  # fmt: skip
    return Bundle(**{**fields, **changes})
