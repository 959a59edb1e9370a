"""Principal components: what the directions in which benign flows vary do not rebuild.

Shyu, Chen, Sarinnapakorn and Chang, A Novel Anomaly Detection Scheme Based on Principal Component
Classifier, ICDM workshop 2003. It is what an autoencoder without bends would learn (Baldi and
Hornik 1989): the line that every autoencoder has to be above.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from netad_detectors.classical.supervised import array_of
from netad_detectors.classical.unlike import Unlike, padded
from netad_pcap.detection import padded_width, score_in_blocks

__all__ = ["PrincipalComponents"]

_BLOCK_ROWS = 1_024


@dataclass(kw_only=True, eq=False)
class PrincipalComponents(Unlike):
    """Mean squared error over the cells of what few directions rebuild.

    Args:
        share: of the benign flows' variance that the kept directions hold.
    """

    name: ClassVar[str] = "pca"

    share: float = 0.95

    def _learn(
        self, matrix: NDArray[np.float32], weight: NDArray[np.float64]
    ) -> Mapping[str, NDArray[Any]]:
        values = padded(matrix)
        centre = weight @ values
        far = values - centre
        variance, directions = np.linalg.eigh((far * weight[:, None]).T @ far)
        # Ascending: the last few hold the share.
        held = np.cumsum(variance[::-1].clip(0)) / max(float(variance.clip(0).sum()), 1e-300)
        kept = min(int(np.searchsorted(held, self.share)) + 1, len(variance))
        return {"centre": centre, "directions": padded(directions[:, ::-1][:, :kept])}

    def _refuse(self, arrays: Mapping[str, NDArray[Any]], cells: int) -> None:
        array_of(arrays, "centre", padded_width(cells))
        directions = array_of(arrays, "directions", padded_width(cells), None)
        if directions.shape[1] != padded_width(directions.shape[1]):
            raise ValueError("array 'directions' must be padded")

    def _parts(self, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
        cells = matrix.shape[1]
        squares = score_in_blocks(self._squares, padded(matrix), _BLOCK_ROWS)
        parts: NDArray[np.float64] = squares[:, :cells] / cells
        return parts

    def _squares(self, block: NDArray[np.float64]) -> NDArray[np.float64]:
        directions = self._arrays["directions"]
        far = block - self._arrays["centre"]
        result: NDArray[np.float64] = (far - far @ directions @ directions.T) ** 2
        return result
