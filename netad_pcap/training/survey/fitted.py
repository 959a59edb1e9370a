"""A method fitted to captures, what that cost, and what it says of others."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netad_pcap.errors import ModelError
from netad_pcap.families import ATTACKS, BENIGN
from netad_pcap.flows import FlowBatch
from netad_pcap.training.evaluation import ScoredCapture
from netad_pcap.training.fitting import as_needed
from netad_pcap.training.labelled import LabelledCapture, join, some_rows
from netad_pcap.training.reproduction.building import detector_of, keywords_of
from netad_pcap.training.reproduction.fused import Fused
from netad_pcap.training.reproduction.methods import Method
from netad_pcap.training.splits import deal_sources
from netad_pcap.training.survey.capture_sets import COLUMNS

__all__ = ["Cost", "fitted", "keywords_here", "scored"]

_CLASSES = (BENIGN, *ATTACKS)


@dataclass
class Cost:
    """What a cell took, over all its fits.

    Attributes:
        fit_s, score_s: CPU seconds.
        scored: flows.
        rows: to learn from, of the largest fit.
        numbers, bytes: of the arrays, of the last fit.
    """

    fit_s: float = 0.0
    score_s: float = 0.0
    scored: int = 0
    rows: int = 0
    numbers: int = 0
    bytes: int = 0

    def told(self) -> dict[str, Any]:
        """As `Study.compute` tells it."""
        return {
            "rows": self.rows,
            "numbers": self.numbers,
            "bytes": self.bytes,
            "seconds": {"fit": self.fit_s},
            "rows_per_second": self.scored / max(self.score_s, 1e-9),
        }


def keywords_here(method: Method, seed: int) -> dict[str, dict[str, Any]]:
    """By detector of the method, its keywords on captures."""
    return keywords_of(method, COLUMNS, _CLASSES, seed)


def fitted(
    method: Method,
    captures: Sequence[LabelledCapture],
    seed: int,
    cost: Cost,
    *,
    weighted: bool = True,
) -> Any:
    """The method, fitted to captures.

    Args:
        method: which.
        captures: to learn from.
        seed: of the method.
        cost: is added to.
        weighted: captures weigh alike (several networks); else flows do (one network).

    Raises:
        ModelError: nothing is left to calibrate on, or to learn from.
    """
    detector = detector_of(method, COLUMNS, _CLASSES, seed)
    usual = {}
    if isinstance(detector, Fused):
        captures, usual["usual"] = _calibrating(method.name, captures, seed)
    joined = join(captures, weighted=weighted)
    families = joined.families
    if method.binary:
        families = np.where(families == BENIGN, BENIGN, _CLASSES[1])
    flows = as_needed(joined.flows, detector.needs)
    began = time.process_time()
    detector.fit(flows, families, **usual)
    cost.fit_s += time.process_time() - began
    arrays = detector.to_arrays()
    cost.rows = max(cost.rows, len(families))
    cost.numbers = int(sum(array.size for array in arrays.values()))
    cost.bytes = int(sum(array.nbytes for array in arrays.values()))
    return detector


def _calibrating(
    name: str, captures: Sequence[LabelledCapture], seed: int
) -> tuple[list[LabelledCapture], FlowBatch]:
    """Captures to learn from, and the benign flows of a fold of sources that is kept from them."""
    fold = deal_sources(captures, seed)[0]
    kept = [capture for capture in captures if capture.group in fold]
    usual = [
        some_rows(c, np.flatnonzero(c.families == BENIGN)) for c in kept if BENIGN in c.families
    ]
    learned = [capture for capture in captures if capture.group not in fold]
    if not usual or not learned:
        raise ModelError(
            f"{name} calibrates on benign flows of sources that it does not learn; seed {seed} "
            f"keeps {', '.join(fold) or 'none'} for that, which leaves nothing to "
            f"{'learn from' if usual else 'calibrate on'}: add clean captures of other sources"
        )
    return learned, join(usual).flows


def scored(detector: Any, captures: Sequence[LabelledCapture], cost: Cost) -> list[ScoredCapture]:
    """The captures as a detector scores them, all in one batch."""
    joined = join(captures)
    flows = as_needed(joined.flows, detector.needs)
    began = time.process_time()
    novelty = detector.score(flows).novelty
    cost.score_s += time.process_time() - began
    cost.scored += len(novelty)
    ends = np.cumsum([len(capture.families) for capture in captures])[:-1]
    return [
        ScoredCapture(capture.name, capture.source, capture.families, score, group=capture.group)
        for capture, score in zip(captures, np.split(novelty, ends), strict=True)
    ]
