"""Several detectors as one, fused as the product fuses them: by calibrated p-values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection import Needs, Scores, fit_calibration, fuse, load_detector
from netad_pcap.families import BENIGN
from netad_pcap.flows import FlowBatch
from netad_pcap.training.history_rows import rows_with_past

__all__ = ["Fused"]

#: Of the benign rows to learn from, those that calibrate.
_CALIBRATE = 0.2


class Fused:
    """Detectors fitted to the same rows; families are those of the first that names some.

    Args:
        members: names of installed detectors, the first of which names families.
        parameters: by name, keywords.
        seed: of the draw of rows to calibrate on.
    """

    def __init__(
        self, members: Sequence[str], parameters: Mapping[str, Mapping[str, Any]], seed: int
    ) -> None:
        self.detectors = {name: load_detector(name)(**parameters[name]) for name in members}
        self.families = next(iter(self.detectors.values())).families
        self.needs = Needs(history=max(d.needs.history for d in self.detectors.values()))
        self.seed = seed
        self._calibrations: dict[str, Any] = {}

    def fit(self, flows: FlowBatch, families: NDArray[Any]) -> Self:
        """Learns from all rows but some benign ones, which calibrate."""
        benign = np.random.default_rng(self.seed).permutation(np.flatnonzero(families == BENIGN))
        kept = np.sort(benign[: round(_CALIBRATE * len(benign))])
        learned = np.setdiff1d(np.arange(len(families)), kept)
        for name, detector in self.detectors.items():
            own, usual = (rows_with_past(flows, rows) for rows in (learned, kept))
            detector.fit(own, families[learned])
            self._calibrations[name] = fit_calibration(detector.score(usual).novelty)
        return self

    def score(self, flows: FlowBatch) -> Scores:
        """The fused score as novelty, families from the first member."""
        said: dict[str, Scores] = {n: d.score(flows) for n, d in self.detectors.items()}
        surprise = [self._calibrations[name].surprise(s.novelty) for name, s in said.items()]
        return replace(
            next(iter(said.values())), novelty=fuse(np.column_stack(surprise)), contributions={}
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Those of the members."""
        return {
            f"{name}.{key}": array
            for name, detector in self.detectors.items()
            for key, array in detector.to_arrays().items()
        }
