"""An LSTM with attention over the last ten flows of a source host, and the flow itself.

After Lin, Ye and Xu, Dynamic Network Anomaly Detection System by Using Deep Learning
Techniques, CLOUD 2019: LSTM with attention, dense layers, SMOTE for rare classes and a
weighted loss. `lin_ye_xu` is theirs. This one is narrower, so that it keeps up with traffic, and
its dense layers see the last flow beside what the recurrence makes of all; dropout hides columns,
so that it carries over to networks that it was not fitted to.
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

    epochs: int = 10
    smote_rows: int = 400
    dropout: float = 0.3

    def _new_network(self) -> torch.nn.Module:
        from netad_detectors.classifiers.attention import AttentionNetwork

        return AttentionNetwork(self._width(), self.hidden, len(self.families))
