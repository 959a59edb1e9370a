"""Kinds of networks: which sources are of one, and their baselines beside the general one."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from netad_pcap.detection import Bundle, Scorer, read_bundle, write_bundle
from netad_pcap.training.fitting import Witness, bundle_of, learn
from netad_pcap.training.kinds import KINDS, Kind
from netad_pcap.training.labelled import join
from sample_pcaps.lab.dataset import TEST_NETWORKS
from sample_pcaps.lab.networks import NETWORKS
from tests.training.captures import network

#: Two sources of three clean captures each weigh 120, one weighs 60.
GIVEN = (
    Kind("office", "desks", frozenset({"source/0", "source/2"})),
    Kind("plant", "controllers", frozenset({"source/4"})),
    Kind("things", "homes", frozenset({"elsewhere"})),
)


def _bundle(kinds: tuple[Kind, ...], said: list[str]) -> Bundle:
    captures = network()
    learned = learn(captures, ("hbos",), profile="cic-fixed", seed=1)
    return bundle_of(
        "b", learned, captures, [Witness(tuple(captures), learned)], profile="cic-fixed", seed=1,
        baseline="mixed", kinds=kinds, say=said.append,
    )  # fmt: skip


@pytest.fixture(scope="module")
def said() -> list[str]:
    return []


@pytest.fixture(scope="module")
def bundle(said: list[str]) -> Bundle:
    return _bundle(GIVEN, said)


def test_every_training_network_of_the_lab_is_of_one_kind() -> None:
    lab = {source.rsplit("/", 1)[-1] for k in KINDS for source in k.sources if "/lab/" in source}
    assert lab == NETWORKS.keys() - {"smoke", *TEST_NETWORKS}
    assert not any(a.sources & b.sources for a, b in combinations(KINDS, 2))


def test_the_general_baseline_is_what_it_is_without_kinds(bundle: Bundle) -> None:
    alone = _bundle((), [])
    assert [b.name for b in alone.baselines] == ["mixed"]
    np.testing.assert_array_equal(alone.baselines[0].quantiles, bundle.baselines[0].quantiles)
    np.testing.assert_array_equal(alone.baselines[0].fused.scores, bundle.baselines[0].fused.scores)


def test_a_kind_is_calibrated_on_the_benign_flows_of_its_sources(bundle: Bundle) -> None:
    general, office = bundle.baselines
    assert (general.name, office.name) == ("mixed", "office")
    assert office.says == "desks: benign flows of 2 sources"
    assert office.fused.flows == pytest.approx(120)
    mine = join([c for c in network() if c.source in GIVEN[0].sources]).flows
    place = office.columns.index("Flow Duration")
    assert office.quantiles[place, 0] == mine.features["Flow Duration"].min()
    assert office.quantiles[place, -1] == mine.features["Flow Duration"].max()


def test_a_kind_that_cannot_resolve_a_budget_is_left_out_and_said(
    bundle: Bundle, said: list[str]
) -> None:
    assert [line for line in said if "left out" in line] == [
        "left out: baseline plant (its benign flows weigh 60; a budget of 1% takes 99)",
        "left out: baseline things (its benign flows weigh 0; a budget of 1% takes 99)",
    ]


def test_all_baselines_are_read_again(bundle: Bundle, tmp_path: Path) -> None:
    write_bundle(bundle, tmp_path / "b.netad")
    again = read_bundle(tmp_path / "b.netad")
    assert [(b.name, b.says) for b in again.baselines] == [
        (b.name, b.says) for b in bundle.baselines
    ]
    flows = network()[0].flows
    for name in ("mixed", "office"):
        before, after = (
            Scorer([b], "cpu").by_baseline(name).score(flows).p_value for b in (bundle, again)
        )
        np.testing.assert_array_equal(before, after)
