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
from netad_pcap.training.fitting import as_needed
from netad_pcap.training.history_rows import rows_with_past

__all__ = ["Fused"]

#: Of a table's benign rows, those that calibrate.
_CALIBRATE = 0.2


class Fused:
    """Detectors fitted to the same rows; families are those of the first that names some.

    Args:
        members: names of installed detectors, the first of which names families.
        parameters: by name, keywords.
        seed: of the draw of a table's rows that calibrate.
    """

    def __init__(
        self, members: Sequence[str], parameters: Mapping[str, Mapping[str, Any]], seed: int
    ) -> None:
        self.detectors = {name: load_detector(name)(**parameters[name]) for name in members}
        self.families = next(iter(self.detectors.values())).families
        self.needs = Needs(history=max(d.needs.history for d in self.detectors.values()))
        self.seed = seed
        self._calibrations: dict[str, Any] = {}

    def fit(self, flows: FlowBatch, families: NDArray[Any], usual: FlowBatch | None = None) -> Self:
        """Learns from labelled rows, and calibrates on benign ones that it has not learned.

        Args:
            flows, families: to learn from.
            usual: benign flows of other sources, with weights, that calibrate; None, where rows
                are of one table: some of its benign rows, drawn, which are not learned.
        """
        learned = np.arange(len(families))
        if usual is None:
            benign = np.flatnonzero(families == BENIGN)
            drawn = np.random.default_rng(self.seed).permutation(benign)
            kept = np.sort(drawn[: round(_CALIBRATE * len(drawn))])
            learned = np.setdiff1d(learned, kept)
            usual = rows_with_past(flows, kept)
        own = rows_with_past(flows, learned)
        weight = None if usual.weight is None else usual.weight[usual.carried :]
        for name, detector in self.detectors.items():
            detector.fit(as_needed(own, detector.needs), families[learned])
            novelty = detector.score(as_needed(usual, detector.needs)).novelty
            self._calibrations[name] = fit_calibration(novelty, weight)
        return self

    def score(self, flows: FlowBatch) -> Scores:
        """The fused score as novelty, families from the first member."""
        said: dict[str, Scores] = {
            name: detector.score(as_needed(flows, detector.needs))
            for name, detector in self.detectors.items()
        }
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
