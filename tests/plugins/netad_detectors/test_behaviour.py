"""The counters' detector: rare behaviour is told by the columns that show it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from netad_detectors.behaviour import GROUPS, Behaviour

from netad_pcap.flows import FlowBatch
from netad_pcap.schema import CONTEXT, QUANTITIES
from netad_pcap.testing import detector_checks, make_flows


@pytest.mark.parametrize(("name", "check"), detector_checks(Behaviour))
def test_contract(name: str, check: object) -> None:
    assert callable(check)
    check()


def _usual(n: int = 500, seed: int = 0) -> FlowBatch:
    return make_flows(n, seed, context=tuple(CONTEXT))


@pytest.fixture(scope="module")
def fitted() -> Behaviour:
    return Behaviour().fit(_usual())


def _with(**columns: float) -> FlowBatch:
    """One flow whose columns are those of a median flow but for the ones given."""
    medians = {name: np.array([np.median(_usual().context[name])]) for name in CONTEXT}
    given = {name: np.array([value]) for name, value in columns.items()}
    return replace(_usual(1), context={**medians, **given})


def test_what_is_rare_speaks_and_says_how_rare(fitted: Behaviour) -> None:
    usual = fitted.score(_with()).novelty[0]
    scores = fitted.score(_with(source_services_60s=410.0))
    speaks = max(scores.contributions, key=lambda name: scores.contributions[name][0])
    assert speaks == "source_services_60s"
    # One of 500 flows would be 2.7.
    assert scores.contributions[speaks][0] > 2.7
    assert scores.novelty[0] > usual + 2


def test_a_group_speaks_once(fitted: Behaviour) -> None:
    scores = fitted.score(_usual(100, seed=5))
    for quantities in GROUPS.values():
        mine = [n for n, c in CONTEXT.items() if tuple(QUANTITIES)[c.quantity] in quantities]
        speaking = np.column_stack([scores.contributions[name] for name in mine]) > 0
        assert speaking.sum(axis=1).max() <= 1


def test_contributions_sum_to_the_score(fitted: Behaviour) -> None:
    scores = fitted.score(_usual(100, seed=5))
    total = np.sum(list(scores.contributions.values()), axis=0)
    np.testing.assert_allclose(total, scores.novelty, rtol=1e-12)


def test_of_spreads_the_small_ones_are_strange(fitted: Behaviour) -> None:
    regular = fitted.score(_with(conversation_gap_spread=0.0)).novelty[0]
    irregular = fitted.score(_with(conversation_gap_spread=1e3)).novelty[0]
    assert regular > irregular


def test_families_are_known_where_they_were_named(fitted: Behaviour) -> None:
    assert fitted.score(_usual(3)).probabilities is None
    flows = make_flows(400, 1, context=tuple(CONTEXT), attacks=("scan",), attack_share=0.3)
    scores = Behaviour().fit(flows, flows.text["family"]).score(flows)
    assert scores.probabilities is not None
    scan = scores.families.index("scan")
    found = scores.probabilities[:, scan] > 0.5
    assert (found == (flows.text["family"] == "scan")).mean() > 0.95
    assert scores.probabilities[:, scores.families.index("dos")].max() == 0.0


def test_it_learns_from_benign_flows_that_are_not_carried() -> None:
    with pytest.raises(ValueError, match="needs benign flows"):
        Behaviour().fit(replace(_usual(3), weight=np.zeros(3)))
    flows = _usual(60)
    alone = Behaviour().fit(flows.take(slice(10, None))).to_arrays()
    behind = Behaviour().fit(replace(flows, carried=10)).to_arrays()
    assert all(np.array_equal(alone[name], behind[name]) for name in alone)


def test_a_strangers_arrays_are_held_against_each_other(fitted: Behaviour) -> None:
    arrays = fitted.to_arrays()
    for name, value in (
        ("tail_lengths", np.zeros(len(CONTEXT))),
        ("tail_scores", arrays["tail_scores"][1:]),
        ("scaling", np.zeros_like(arrays["scaling"])),
        ("weights", np.full_like(arrays["weights"], np.nan)),
        ("known", np.zeros_like(arrays["known"])),
    ):
        with pytest.raises(ValueError):  # noqa: PT011 - each says another thing
            Behaviour.from_arrays({**arrays, name: value})
