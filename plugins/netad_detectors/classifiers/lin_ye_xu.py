"""LSTM with attention as published: two layers of 256, attention, three dense layers.

Lin, Ye and Xu, Dynamic Network Anomaly Detection System by Using Deep Learning Techniques,
CLOUD 2019, sections 2.1, 2.2 and table 3: sequences of ten flows, ReLU, Adam at 5e-5, batches
of 128, SMOTE for the rare classes (sizes not given: 400 here), cross-entropy weighted by class
(weights not given: the square root of a class's share here).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netad_detectors.classifiers.telling import TellingSequences

if TYPE_CHECKING:
    import torch

__all__ = ["LinYeXu"]


@dataclass(kw_only=True, eq=False)
class LinYeXu(TellingSequences):
    """The network of the paper, from ten flows."""

    name: ClassVar[str] = "lstm_attention"

    hidden: int = 256
    learning_rate: float = 5e-5
    batch_rows: int = 128
    smote_rows: int = 400

    def _new_network(self) -> torch.nn.Module:
        from netad_detectors.classifiers.attention import WeightedSumNetwork

        return WeightedSumNetwork(self._width(), self.hidden, len(self.families))
