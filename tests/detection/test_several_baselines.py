"""Several baselines of one model: the first judges, the nearest says what is usual."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from netad_pcap.detection import Scorer, fit_baseline
from netad_pcap.errors import ModelError
from netad_pcap.flows import FlowBatch
from netad_pcap.testing import make_flows
from tests.detection.examples import COLUMNS, baseline, bundle


def _times(flows: FlowBatch, factor: float) -> FlowBatch:
    return replace(flows, features={k: v * factor for k, v in flows.features.items()})


def _kinds(*names: str) -> Any:
    """A bundle with a general baseline and one of a network where all is a hundred times as large
    and nothing is novel."""
    large = _times(make_flows(400, 2), 100.0)
    made = {
        "mixed": baseline("mixed", 1),
        "plant": fit_baseline("plant", large, {"size": 9.0 + np.arange(400.0)}, COLUMNS),
    }
    return bundle(baselines=tuple(made[name] for name in names))


def test_p_values_are_by_the_general_baseline_and_reasons_by_the_nearest(
    size_detector: list[str],
) -> None:
    flows = _times(make_flows(500, 12), 100.0)
    told = {
        names: Scorer([_kinds(*names)], "cpu", fpr=0.05).score(flows)
        for names in (("mixed", "plant"), ("mixed",), ("plant",))
    }
    both, general, special = told.values()
    (chosen,) = Scorer([_kinds("mixed", "plant")], "cpu").choose(flows)
    assert (chosen.name, chosen.nearest) == ("mixed", "plant")
    for name in ("score", "p_value", "verdict", "family", "surprise"):
        assert np.array_equal(getattr(both, name), getattr(general, name)), name
    assert not np.array_equal(both.p_value, special.p_value)
    rows = np.flatnonzero(both.verdict)[:20]
    assert len(rows) == 20
    assert both.reasons(rows) == _with_families(special.reasons(rows), both.reasons(rows))
    assert both.reasons(rows) != general.reasons(rows)


def _with_families(
    reasons: dict[int, tuple[str, ...]], told: dict[int, tuple[str, ...]]
) -> dict[int, tuple[str, ...]]:
    """Reasons behind the families that others tell of the same rows."""
    said = {row: tuple(r for r in told[row] if r.startswith("like ")) for row in reasons}
    return {
        row: (*said[row], *(r for r in mine if not r.startswith("like ")))
        for row, mine in reasons.items()
    }


def test_a_baseline_that_is_named_judges_alone(size_detector: list[str]) -> None:
    flows = _times(make_flows(500, 12), 100.0)
    scorer = Scorer([_kinds("mixed", "plant")], "cpu", fpr=0.05)
    assert scorer.baselines == ("mixed", "plant")
    named = scorer.by_baseline("plant")
    (chosen,) = named.choose(flows)
    assert (chosen.name, chosen.nearest) == ("plant", "plant")
    alone = Scorer([_kinds("plant")], "cpu", fpr=0.05).score(flows)
    assert np.array_equal(named.score(flows).p_value, alone.p_value)
    assert named.limit == 0.05


def test_models_without_the_named_baseline_keep_their_own(size_detector: list[str]) -> None:
    scorer = Scorer([_kinds("mixed", "plant"), bundle("other")], "cpu").by_baseline("plant")
    assert [chosen.name for chosen in scorer.choose(make_flows(60))] == ["plant", "office"]


def test_a_named_baseline_must_resolve_the_budget(size_detector: list[str]) -> None:
    made = bundle(baselines=(baseline("office", 1), baseline("tiny", 9, n=60)))
    with pytest.raises(ModelError, match="baseline tiny, is calibrated on 60 flows"):
        Scorer([made], "cpu").by_baseline("tiny")
