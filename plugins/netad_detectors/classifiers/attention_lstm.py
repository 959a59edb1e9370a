"""Two LSTM layers and attention over the last ten flows of a source host.

After Lin, Ye and Xu, Dynamic Network Anomaly Detection System by Using Deep Learning
Techniques, CLOUD 2019: LSTM with attention, dense layers, SMOTE for rare classes and a
weighted loss. Narrower than theirs (64 instead of 256), so that it keeps up with traffic;
`lin_ye_xu` is theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netad_detectors.classifiers.telling import TellingSequences

if TYPE_CHECKING:
    import torch

__all__ = ["AttentionLSTM"]


@dataclass(kw_only=True, eq=False)
class AttentionLSTM(TellingSequences):
    """Benign against the families, from a flow and the nine before it of the same source."""

    name: ClassVar[str] = "lstm"

    smote_rows: int = 400

    def _new_network(self) -> torch.nn.Module:
        from netad_detectors.classifiers.attention import AttentionNetwork

        return AttentionNetwork(self._width(), self.hidden, len(self.families))
