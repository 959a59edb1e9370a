"""Drift of the flows in no finding: an attack that fills a capture does not make normal far."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from netad_pcap.detection import Baseline, fit_baseline
from netad_pcap.engine.judging import Judge
from netad_pcap.engine.outside_findings import models_with_drift_outside
from netad_pcap.report import ModelRecord, Spool
from tests.report.maker import MODEL
from tests.scored_flows import quiet, scored_flows


def _spool(benign: int, attack: int) -> tuple[Spool, Baseline]:
    """Rows of an attack before harmless ones; the attack's are in a finding that names all."""
    generator = np.random.default_rng(1)
    normal = generator.normal(100, 5, benign + 1_000)
    sizes = np.concatenate([np.full(attack, 900.0), normal[:benign]])
    scored = scored_flows(quiet(attack + benign))
    scored = replace(scored, flows=replace(scored.flows, features={"Pkt Len Mean": sizes}))
    spool = Spool()
    spool.append(scored, np.full(len(scored), -1, np.int32))
    spool.amend(np.arange(attack), np.ones(attack, np.int32))
    learned = replace(
        scored.take(slice(0, 1)).flows, features={"Pkt Len Mean": normal[benign:]}, identity={}
    )
    baseline = fit_baseline("office", learned, {"size": np.arange(1_000.0)}, ["Pkt Len Mean"])
    return spool, baseline


def _outside(benign: int, attack: int, first: int = 0) -> float | None:
    spool, baseline = _spool(benign, attack)
    far: list[ModelRecord] = [replace(MODEL, drift=0.9, drift_is_high=True)]
    judge: Any = SimpleNamespace(
        models=lambda: far, mostly=lambda: (first, attack + benign, (baseline,))
    )
    with spool:
        (model,) = models_with_drift_outside(cast("Judge", judge), spool)
    return model.drift_outside_findings


def test_flows_in_findings_are_not_counted() -> None:
    outside = _outside(200, 2_000)
    assert outside is not None
    assert outside < 0.1


def test_fewer_than_fifty_say_nothing() -> None:
    assert _outside(49, 500) is None
    assert _outside(50, 500) is not None


def test_only_the_group_with_most_rows_is_compared() -> None:
    assert _outside(200, 500, first=651) is None


@pytest.mark.parametrize("high", [False, True])
def test_only_where_drift_is_high(high: bool) -> None:
    spool, baseline = _spool(100, 0)
    judge: Any = SimpleNamespace(
        models=lambda: [replace(MODEL, drift=0.1, drift_is_high=high)],
        mostly=lambda: (0, 100, (baseline,)),
    )
    with spool:
        (model,) = models_with_drift_outside(cast("Judge", judge), spool)
    assert (model.drift_outside_findings is not None) is high
