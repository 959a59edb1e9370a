"""From what `--model` names to a judge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netad_pcap.engine.judging import Judge, NoJudge

if TYPE_CHECKING:
    from netad_pcap.engine.sources import PathLike

__all__ = ["DEFAULT_PROFILE", "open_judge"]

#: Rule book of rows that no model judges; the shipped bundles' too.
DEFAULT_PROFILE = "cic-fixed"


def open_judge(
    models: Sequence[PathLike], *, device: str, fpr: float, seed: int
) -> tuple[Judge, str]:
    """A judge and the profile of the flows that it judges.

    Raises:
        ModelError: a model is missing or unfit.
        DeviceError: no such device.
    """
    return NoJudge(), DEFAULT_PROFILE
