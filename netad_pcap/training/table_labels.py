"""What a flow table says itself of its flows: the families of its `Label` column."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture.tables import FlowTable
from netad_pcap.families import ATTACKS, BENIGN, family_of_label
from netad_pcap.flows import FlowBatch
from netad_pcap.training.truth import Truth

__all__ = ["UNLABELLED", "table_families"]

#: In the place of a family: nobody labelled the flow.
UNLABELLED = "unlabelled"
#: What the tools print as Label of an unlabelled flow (cicflowmeter.md 5).
_NO_LABELS = ("", "no label", "needmanuallabel")


def table_families(
    flows: FlowBatch, table: FlowTable, name: str, truth: Truth | None
) -> NDArray[Any]:
    """Family of each flow of a table, object [n]; "" for flows that are taken out.

    Taken out are those that the truth takes out, and those whose label is of no known family.

    Args:
        flows: rows of the table.
        table: the Label of a report is our own guess: nobody labelled its flows.
        name: of the table, as a truth file names captures.
        truth: what it says goes; None: the column `Label` does.

    Raises:
        UsageError: the truth file tells flows apart by columns that the table lacks.
    """
    if truth is not None:
        return truth.families_of(flows, name)
    if table.is_report or "label" not in flows.text:
        return np.full(len(flows), UNLABELLED, object)
    labels, place = np.unique(flows.text["label"].astype(str), return_inverse=True)
    families = np.array([_family(label) for label in labels.tolist()], object)
    named: NDArray[Any] = families[place]
    return named


def _family(label: str) -> str:
    if label.strip().casefold() in _NO_LABELS:
        return UNLABELLED
    family = family_of_label(label)
    return family if family is not None and family in (BENIGN, *ATTACKS) else ""
