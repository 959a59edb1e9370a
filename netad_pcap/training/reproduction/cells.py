"""A cell: one method fitted once, on one experiment with one seed."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection import Scores
from netad_pcap.families import BENIGN
from netad_pcap.flows import FlowBatch
from netad_pcap.training.reproduction import figures
from netad_pcap.training.reproduction.building import beside_defaults, detector_of, keywords_of
from netad_pcap.training.reproduction.experiment import (
    Experiment,
    Part,
    Split,
    capped,
    distinct_rows,
    lone_histories,
)
from netad_pcap.training.reproduction.methods import Method
from netad_pcap.training.reproduction.store import Store

__all__ = ["Cell", "compute"]

#: Of the benign rows to learn from, those that set thresholds.
_KEPT_FOR_THRESHOLDS = 0.2
_DIGITS = 5
#: Bumped when figures change their meaning: older cells are computed again.
_FORMAT = 1
_VERSIONS_OF = ("netad-pcap", "numpy", "scikit-learn", "torch")


@dataclass(frozen=True)
class Cell:
    """Which cell, and where it is kept.

    Attributes:
        experiment, method, seed: what is computed.
        hashes: file → sha256, of the experiment's data.
        folder: of the pages, each with its store.
    """

    experiment: Experiment
    method: Method
    seed: int
    hashes: Mapping[str, str]
    folder: Path

    @property
    def store(self) -> Store:
        """Where it is kept."""
        return Store(self.folder / f"{self.experiment.name}.json")

    @property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """By detector, its keywords."""
        return keywords_of(
            self.method, self.experiment.columns, tuple(self.experiment.classes), self.seed
        )

    def detector(self) -> Any:
        """The method, not yet fitted."""
        return detector_of(
            self.method, self.experiment.columns, tuple(self.experiment.classes), self.seed
        )

    @property
    def key(self) -> str:
        """What the figures depend on, hashed: a kept cell of another key is computed again."""
        facts: dict[str, Any] = {
            "format": _FORMAT,
            "rows": self.method.rows,
            "parameters": beside_defaults(self.parameters),
            "hashes": dict(self.hashes),
            "version": version("netad-pcap"),
        }
        if self.method.revision:
            facts["revision"] = self.method.revision
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    def kept(self) -> dict[str, Any] | None:
        """What the store says, or None where it has no such cell or one of another key."""
        return self.store.find(self.method.name, self.seed, self.key)


def compute(cell: Cell, split: Split) -> dict[str, Any]:
    """Fits the method and measures it on each test set.

    Args:
        cell: which.
        split: of its experiment and seed.
    """
    detector = cell.detector()
    length = detector.needs.history
    names_families = hasattr(detector, "families")
    train = capped(split.train, cell.method.rows, cell.seed)
    if cell.method.binary:
        benign, attack = detector.families
        train = replace(train, families=np.where(train.families == benign, benign, attack))
    learned, kept = (train, None) if names_families else _kept_apart(train, cell.seed)
    began = time.process_time()
    detector.fit(_ready(learned.flows, length), learned.families)
    fitted = time.process_time()
    columns = tuple(cell.experiment.columns)
    distinct = {name: distinct_rows(part.flows, columns) for name, part in split.tests.items()}
    scoring = time.process_time()
    said = {
        name: detector.score(_ready(split.tests[name].flows.take(rows), length))
        for name, (rows, _) in distinct.items()
    }
    scored = time.process_time()
    scores = {name: _repeated(said[name], places) for name, (_, places) in distinct.items()}
    rows = sum(len(rows) for rows, _ in distinct.values())
    seen = frozenset(split.train.labels.astype(str))
    arrays = detector.to_arrays()
    result: dict[str, Any] = {
        "experiment": cell.experiment.name,
        "method": cell.method.name,
        "detectors": list(cell.method.detectors),
        "seed": cell.seed,
        # The columns are the experiment's; its page has them once.
        "parameters": {
            name: {key: value for key, value in given.items() if key != "columns"}
            for name, given in cell.parameters.items()
        },
        "rows": len(learned.families),
        "rows_of": len(split.train.families),
        "capped": len(train.families) if len(train.families) < len(split.train.families) else 0,
        "date": datetime.now(UTC).date().isoformat(),
        "numbers": int(sum(array.size for array in arrays.values())),
        "bytes": int(sum(array.nbytes for array in arrays.values())),
        "seconds": {"fit": fitted - began, "score": scored - scoring},
        "rows_per_second": rows / max(scored - scoring, 1e-9),
        "data": dict(cell.hashes),
        "versions": {name: version(name) for name in _VERSIONS_OF},
        "tests": {},
    }
    for name, part in split.tests.items():
        found = _figures(cell.experiment, part, scores[name], seen)
        if cell.method.binary:
            del found["classes"]
        result["tests"][name] = found
    if kept is not None:
        own = detector.score(_ready(kept.flows, length)).novelty
        benign = kept.families == BENIGN
        tests = {name: (scores[name].novelty, part) for name, part in split.tests.items()}
        result["thresholds"] = figures.threshold_figures(own[benign], own[~benign], tests, seen)
    return {name: _rounded(part) for name, part in result.items()}


def _rounded(value: Any) -> Any:
    """Numbers with five digits behind the point."""
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    return round(value, _DIGITS) if isinstance(value, float) else value


def _figures(
    experiment: Experiment, part: Part, scores: Scores, seen: frozenset[str]
) -> dict[str, Any]:
    found = figures.score_figures(scores.novelty, part, seen)
    if scores.probabilities is not None:
        benign = scores.probabilities[:, scores.families.index(BENIGN)]
        # Unlike any family most of all, but more of an attack than benign: benign loses.
        found["flagged"] = figures.binary(benign < 0.5, part, seen)
        found["classes"] = figures.class_figures(
            part, scores, tuple(experiment.classes), experiment.cost
        )
    return found


def _kept_apart(train: Part, seed: int) -> tuple[Part, Part]:
    """Benign rows to learn from, and rows that set thresholds: other benign ones, all attacks."""
    random = np.random.default_rng(seed)
    benign = random.permutation(np.flatnonzero(train.families == BENIGN))
    cut = round(len(benign) * (1 - _KEPT_FOR_THRESHOLDS))
    attacks = np.flatnonzero(train.families != BENIGN)
    kept = np.sort(np.concatenate([benign[cut:], random.permutation(attacks)[:20_000]]))
    return train.take(np.sort(benign[:cut])), train.take(kept)


def _repeated(said: Scores, places: NDArray[np.intp]) -> Scores:
    """The scores of distinct rows as those of all rows."""
    probabilities = None if said.probabilities is None else said.probabilities[places]
    return replace(
        said, novelty=said.novelty[places], probabilities=probabilities, contributions={}
    )


def _ready(flows: FlowBatch, length: int) -> FlowBatch:
    return lone_histories(flows, length) if length else replace(flows, history=None)
