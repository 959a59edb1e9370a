"""Made-up flows: every column, the same for the same seed."""

import numpy as np
import pytest

from netad_pcap.flows import CONNECTION, IDENTITY
from netad_pcap.schema import PROFILES, dtype_of
from netad_pcap.testing import make_flows


@pytest.mark.parametrize("profile", PROFILES)
def test_every_column_of_a_profile_in_its_dtype(profile: str) -> None:
    flows = make_flows(20, profile=profile)
    assert tuple(flows.features) == PROFILES[profile].features
    assert all(c.dtype == dtype_of(n, profile) for n, c in flows.features.items())
    # Flows metered in one profile have no origin.
    identity = {n: kind for n, kind in IDENTITY.items() if n != "origin"}
    assert {n: c.dtype for n, c in flows.identity.items()} == identity
    assert {n: c.dtype for n, c in flows.connection.items()} == dict(CONNECTION)


def test_same_seed_same_flows() -> None:
    one, two, other = (make_flows(50, seed=s).features["Flow Duration"] for s in (1, 1, 2))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_history_names_flows_of_the_same_source_oldest_first() -> None:
    flows = make_flows(80, history=3)
    assert flows.history is not None
    assert flows.history[:, -1].tolist() == list(range(80))
    for row in flows.history:
        known = row[row >= 0]
        assert (np.diff(known) > 0).all()
        assert len(np.unique(flows.identity["src_ip"][known], axis=0)) == 1


def test_attacks_are_named_and_in_their_share() -> None:
    family = make_flows(2_000, attacks=("scan", "dos"), attack_share=0.25).text["family"]
    assert set(family) == {"benign", "scan", "dos"}
    assert (family != "benign").mean() == pytest.approx(0.25, abs=0.03)


def test_context_is_made_up_on_request() -> None:
    assert list(make_flows(5, context=["ports_2s"]).context) == ["ports_2s"]


def test_no_flow() -> None:
    flows = make_flows(0, history=2, context=["x"])
    assert len(flows) == 0
    assert flows.history is not None
    assert flows.history.shape == (0, 2)
