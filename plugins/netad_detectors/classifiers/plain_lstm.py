"""Two LSTM layers over the last ten flows, without attention.

Hochreiter and Schmidhuber, Long Short-Term Memory, Neural Computation 9(8), 1997; what Lin, Ye
and Xu (CLOUD 2019, table 7) hold their attention against.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netad_detectors.classifiers.telling import TellingSequences

if TYPE_CHECKING:
    import torch

__all__ = ["PlainLSTM"]


@dataclass(kw_only=True, eq=False)
class PlainLSTM(TellingSequences):
    """Benign against the families, by the state behind the last flow."""

    name: ClassVar[str] = "lstm_plain"

    smote_rows: int = 400

    def _new_network(self) -> torch.nn.Module:
        from netad_detectors.classifiers.attention import LastStepNetwork

        return LastStepNetwork(self._width(), self.hidden, len(self.families))
