"""A deep autoencoder of single flows: what it cannot rebuild is unlike what it has seen.

Fitted to benign flows only; the novelty score is the reconstruction error (Sakurada and
Yairi, Anomaly Detection Using Autoencoders with Nonlinear Dimensionality Reduction, MLSDA
2014; the overview in the project's papers). Over mixed networks such a score alone says
little; on one network's own traffic it says more: the model card gives the figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from netad_detectors.autoencoders.rebuilding import Rebuilding

if TYPE_CHECKING:
    import torch

__all__ = ["Autoencoder"]


@dataclass(kw_only=True, eq=False)
class Autoencoder(Rebuilding):
    """Reconstruction error of a flow's columns.

    Args:
        hidden: width of the layers beside the code.
        code: width of the narrowest layer.
    """

    name: ClassVar[str] = "autoencoder"
    check_parameters: ClassVar[dict[str, Any]] = {"epochs": 5, "hidden": 32, "code": 16}

    hidden: int = 64
    code: int = 16

    def _new_network(self) -> torch.nn.Module:
        from torch import nn

        from netad_detectors.autoencoders.layers import decoder, encoder

        width = self._width()
        shape = (width, self.hidden, self.code)
        # One row of layers: their numbers are their names in bundles.
        return nn.Sequential(*encoder(*shape), *decoder(*shape))
