"""Labels from a truth file (`flows --truth`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netad_pcap.engine.sources import PathLike
    from netad_pcap.flows import FlowBatch

__all__ = ["labeller"]


def labeller(truth: PathLike | None) -> Callable[[FlowBatch], FlowBatch]:
    """What fills `text["label"]` of a batch; without a truth file it stays as it is."""
    if truth is None:
        return lambda flows: flows
    import numpy as np

    from netad_pcap.capture.truth import read_truth

    rules = read_truth(truth)

    def label(flows: FlowBatch) -> FlowBatch:
        labels = np.full(len(flows), "", object)
        capture = flows.identity["capture"]
        for number in np.unique(capture).tolist():
            rows = np.flatnonzero(capture == number)
            labels[rows] = rules.families_of(flows.take(rows), flows.captures[number])
        return replace(flows, text={**flows.text, "label": labels})

    return label
