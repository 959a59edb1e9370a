"""Drift of the flows that are in no finding: whether what is not an attack is like the baseline.

The choice of a baseline knows no finding yet. Where an attack is most of a capture its first rows
are unlike every baseline, whatever normal is there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from netad_pcap.detection.baselines import CHOICE_ROWS, UNSURE_ROWS, BaselineCounts

if TYPE_CHECKING:
    from netad_pcap.engine.judging import Judge
    from netad_pcap.report import ModelRecord, Spool

__all__ = ["models_with_drift_outside"]


def models_with_drift_outside(judge: Judge, spool: Spool) -> list[ModelRecord]:
    """What judged the flows, with the drift of the first thousand that are in no finding.

    Of several groups of captures those of the group with most rows, as the drift of all.

    Args:
        judge: has judged all rows.
        spool: has them, findings as known at the end.
    """
    models = judge.models()
    if not any(model.drift_is_high for model in models):
        return models
    first, last, baselines = judge.mostly()
    counts = [BaselineCounts(baseline) for baseline in baselines]
    left = CHOICE_ROWS
    for rows in spool.rows():
        number = rows.first_row + np.arange(len(rows))
        outside = np.flatnonzero((rows.finding <= 0) & (number >= first) & (number < last))[:left]
        flows = rows.scored.flows.take(outside)
        for one in counts:
            one.add(flows)
        left -= len(outside)
        if not left or rows.first_row + len(rows) >= last:
            break
    if CHOICE_ROWS - left < UNSURE_ROWS:
        return models
    return [
        replace(model, drift_outside_findings=one.drift)
        for model, one in zip(models, counts, strict=True)
    ]
