"""Labels of metered flows from a truth file, as `flows --truth` writes them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from netad_pcap.flows import FlowBatch
from netad_pcap.training.truth import read_truth

__all__ = ["NO_LABEL", "labelled_by"]

#: What the tools print for a flow that nobody labelled (cicflowmeter.md 5).
NO_LABEL = "No Label"


def labelled_by(path: str | os.PathLike[str]) -> Callable[[FlowBatch], FlowBatch]:
    """What fills `text["label"]` of a batch: the family of each flow.

    Flows of captures that no line names, and those that a line takes out, are not labelled.

    Raises:
        UsageError: absent, or not a truth file.
    """
    truth = read_truth(path)

    def label(flows: FlowBatch) -> FlowBatch:
        labels = np.full(len(flows), NO_LABEL, dtype=object)
        for number, capture in enumerate(flows.captures):
            rows = np.flatnonzero(flows.identity["capture"] == number)
            if len(rows):
                families = truth.families_of(flows.take(rows), capture)
                families[families == ""] = NO_LABEL
                labels[rows] = families
        return replace(flows, text=dict(flows.text) | {"label": labels})

    return label
