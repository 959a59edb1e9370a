"""From what `--model` names to a judge."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from netad_pcap.detection import Scorer, default_bundles, find_bundle, read_bundle
from netad_pcap.engine.judging import Judge
from netad_pcap.engine.threads import usable_cores

if TYPE_CHECKING:
    from netad_pcap.engine.sources import PathLike

__all__ = ["open_judge", "open_scorer"]


def open_judge(
    models: Sequence[PathLike], *, device: str, fpr: float, threads: int | None
) -> Judge:
    """A judge with the models' detectors on a device; as for `open_scorer`."""
    return Judge(open_scorer(models, device=device, fpr=fpr, threads=threads))


def open_scorer(
    models: Sequence[PathLike], *, device: str, fpr: float, threads: int | None
) -> Scorer:
    """The models' detectors on a device.

    Args:
        models: names of installed bundles or paths; none: the shipped default.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
        fpr: false-alarm budget of verdicts.
        threads: so many detectors at once, at most; None: as many as there are cores.

    Raises:
        ModelError: a model is missing or unfit.
        DeviceError: no such device.
    """
    named = list(dict.fromkeys(os.fspath(model) for model in models))
    found = [find_bundle(name) for name in named] or default_bundles()
    return Scorer(
        [read_bundle(bundle) for bundle in found],
        device=device,
        fpr=fpr,
        threads=threads or usable_cores(),
    )
