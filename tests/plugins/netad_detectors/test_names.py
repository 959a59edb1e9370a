"""The detector of look-ups: many names of one domain are told, other flows are left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from netad_detectors.names import Names

from netad_pcap.flows import FlowBatch
from netad_pcap.schema import CONTEXT
from netad_pcap.testing import detector_checks, make_flows

_ZONE = tuple(name for name in CONTEXT if name.startswith("zone_"))


@pytest.mark.parametrize(("name", "check"), detector_checks(Names))
def test_contract(name: str, check: object) -> None:
    assert callable(check)
    check()


def _asking(names: np.ndarray, length: float = 20.0) -> FlowBatch:
    """Flows that ask for so many names; 0: for nothing."""
    flows = make_flows(len(names), 0, context=tuple(CONTEXT))
    counts = dict.fromkeys(_ZONE, names.astype(np.float32))
    lengths = np.where(names > 0, length, 0.0).astype(np.float32)
    return replace(flows, context={**flows.context, **counts, "zone_name_length_1h": lengths})


@pytest.fixture(scope="module")
def fitted() -> Names:
    """Two flows of three ask, for up to twenty names."""
    random = np.random.default_rng(0)
    return Names().fit(_asking(random.integers(0, 21, 900) * random.integers(0, 2, 900)))


def test_more_names_than_anybody_asked_for_speak(fitted: Names) -> None:
    scores = fitted.score(_asking(np.array([2.0, 300.0])))
    assert scores.novelty[1] > 2.5  # beyond all of 900
    assert scores.novelty[0] < 1.0
    told = {name: values[1] for name, values in scores.contributions.items()}
    assert sum(told.values()) == scores.novelty[1]
    assert max(told, key=lambda name: told[name]) in _ZONE


def test_a_flow_that_asks_for_nothing_scores_nothing(fitted: Names) -> None:
    assert fitted.score(_asking(np.zeros(5))).novelty.tolist() == [0.0] * 5


def test_short_names_are_not_strange(fitted: Names) -> None:
    assert fitted.score(_asking(np.array([3.0]), length=4.0)).novelty[0] < 1.0
    assert fitted.score(_asking(np.array([3.0]), length=90.0)).novelty[0] > 2.5
