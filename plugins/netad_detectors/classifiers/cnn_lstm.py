"""A convolution along a flow's columns, and an LSTM that reads what the filters found.

Liu and Yang, IoT Network Traffic Analysis with Deep Learning, 2024, section 4.2.1: the second
layer of their filter. KDD's rows carry no time, so the steps of their LSTM can only be the
columns of one row; here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from netad_detectors.classifiers.telling import Telling

if TYPE_CHECKING:
    import torch

__all__ = ["CNNLSTM"]


@dataclass(kw_only=True, eq=False)
class CNNLSTM(Telling):
    """Benign against the families, by filters read in the order of columns."""

    name: ClassVar[str] = "cnn_lstm"
    check_parameters: ClassVar[dict[str, Any]] = {
        **Telling.check_parameters, "batch_rows": 32, "epochs": 6,
    }  # fmt: skip

    epochs: int = 20
    batch_rows: int = 128

    def _new_network(self) -> torch.nn.Module:
        from netad_detectors.classifiers.cnn_lstm_network import FiltersThenSteps

        return FiltersThenSteps(self.hidden, len(self.families))
