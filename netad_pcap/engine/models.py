"""From what `--model` names to a judge; what is installed, for `models` and `detectors`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netad_pcap.engine.judging import Judge
from netad_pcap.errors import ModelError

if TYPE_CHECKING:
    from netad_pcap.detection import Bundle
    from netad_pcap.engine.sources import PathLike

__all__ = ["open_bundles", "open_judge"]


def open_bundles(models: Sequence[PathLike]) -> list[tuple[Bundle, bool]]:
    """The bundles that are named, or the shipped ones; each with whether it is shipped.

    Raises:
        ModelError: one is missing or unfit.
    """
    from netad_pcap.detection.bundle import read_bundle
    from netad_pcap.detection.registry import OURS, InstalledBundle, default_bundles, find_bundle

    found = [find_bundle(name) for name in models] if models else default_bundles()
    return [
        (read_bundle(item), isinstance(item, InstalledBundle) and item.distribution == OURS)
        for item in found
    ]


def open_judge(
    models: Sequence[PathLike], *, device: str, fpr: float, seed: int
) -> tuple[Judge, str]:
    """A judge and the profile of the flows that it judges.

    Raises:
        ModelError: a model is missing or unfit.
        DeviceError: no such device.
    """
    from netad_pcap.detection.scorer import Scorer
    from netad_pcap.engine.scoring import ScorerJudge

    if not 0 < fpr < 1:
        raise ModelError(f"--fpr {fpr:g}: a false-alarm budget lies between 0 and 1")
    bundles = open_bundles(models)
    scorer = Scorer([bundle for bundle, _ in bundles], device, fpr)
    return ScorerJudge(scorer, bundles), scorer.profile
