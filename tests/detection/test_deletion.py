"""Deletion: what an explanation names matters. Columns that are named, put back to what is normal
on the baseline, lower a flow's score more than others do, for every shipped detector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from netad_pcap.context import ContextCounters, FlowHistory
from netad_pcap.detection import default_bundles, read_bundle
from netad_pcap.detection.members import Member
from netad_pcap.detection.reasons import MOST, telling_columns
from netad_pcap.engine import meter
from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.training.history_rows import rows_with_past

#: Flows explained of each capture: those that the detector finds strangest.
STRANGEST = 10
DRAWS = 3


@pytest.mark.parametrize("name", ["autoencoder", "lstm", "mlp", "behaviour"])
def test_named_columns_matter_more_than_others(name: str, samples: Path) -> None:
    bundle = read_bundle(default_bundles()[0])
    entry = next(detector for detector in bundle.detectors if detector.name == name)
    member = Member(name, name, 0, entry.load(bundle.name), 1.0)
    baseline = bundle.baselines[0]
    median = baseline.usual
    generator = np.random.default_rng(0)
    named, others = [], []
    for capture in ("port_scan.pcap", "syn_flood.pcap", "password_attack.pcap"):
        flows = _flows(samples / capture, member)
        scores = member.score(flows)
        rows = np.argsort(-scores.novelty, kind="stable")[:STRANGEST]
        told = member.contributions(flows, rows, scores, median)
        columns = [column for column in told if column in median]
        chosen = telling_columns(flows, rows, baseline, told)
        for row, most in zip(rows.tolist(), chosen, strict=True):
            named.append(_drop(member, flows, row, {c: median[c] for c in most}))
            for _ in range(DRAWS):
                drawn = generator.choice(columns, MOST, replace=False).tolist()
                others.append(_drop(member, flows, row, {c: median[c] for c in drawn}))
    assert np.mean(named) > 0
    assert np.mean(named) > 3 * np.mean(others)


def _flows(capture: Path, member: Member) -> FlowBatch:
    needs = member.needs
    lately = ContextCounters(needs.context)
    metered = meter(capture, profile="cic-fixed", open_flows=bool(needs.context))
    flows = concatenate([lately.attach(batch) for batch in metered]).take(slice(0, 600))
    return FlowHistory(needs.history, (*needs.columns, *needs.context)).attach(flows)


def _drop(member: Member, flows: FlowBatch, row: int, normal: dict[str, float]) -> float:
    """How much less strange a flow is with these columns normal, in it and those before it."""
    one = rows_with_past(flows, np.array([row]))

    def put_back(columns: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        put = {n: np.full(len(one), v) for n, v in normal.items() if n in columns}
        return {**columns, **put}

    put = replace(one, features=put_back(one.features), context=put_back(one.context))
    return float(member.score(one).novelty[0] - member.score(put).novelty[0])
