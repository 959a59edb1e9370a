"""How the data set is split: by network, run, tool and condition."""

from __future__ import annotations

from collections.abc import Iterable

from netad_pcap.families import ATTACKS, BENIGN
from sample_pcaps.lab.activities import KINDS
from sample_pcaps.lab.dataset import CONDITIONS, PARTS
from sample_pcaps.lab.scenario import Scenario
from sample_pcaps.lab.scenarios import SCENARIOS


def of(part: str) -> list[Scenario]:
    return [SCENARIOS[name] for name, chosen in PARTS.items() if chosen == part]


def networks(runs: Iterable[Scenario]) -> set[str]:
    return {run.network.name for run in runs}


def attacks(runs: Iterable[Scenario]) -> set[str]:
    kinds = {activity.what for run in runs for activity in run.activities}
    return {kind for kind in kinds if KINDS[kind].family != BENIGN}


def families(runs: Iterable[Scenario]) -> set[str]:
    return {KINDS[kind].family for kind in attacks(runs)}


def test_training_never_sees_a_network_of_the_test() -> None:
    assert not networks(of("train")) & networks(of("test"))
    assert networks(of("test-run")) <= networks(of("train"))
    assert len(networks(of("train"))) >= 5  # `train --truth` asks for five sources
    assert len(networks(of("test"))) >= 3


def test_test_has_tools_that_training_never_sees() -> None:
    assert len(attacks(of("test")) - attacks(of("train"))) >= 5


def test_conditions_of_the_test_are_its_own() -> None:
    train, test = ({CONDITIONS[n] for n in networks(of(part))} for part in ("train", "test"))
    assert not train & test


def test_both_parts_have_every_family_that_the_lab_has_and_quiet_runs() -> None:
    assert families(of("train")) == set(ATTACKS)
    assert families(of("test")) == set(ATTACKS)
    for part in ("train", "test"):
        quiet = [run for run in of(part) if not attacks([run])]
        assert networks(quiet) == networks(of(part))


def test_an_hour_and_more() -> None:
    assert sum(SCENARIOS[name].seconds for name in PARTS) >= 3600


def test_benign_use_goes_on_while_attackers_are_at_it() -> None:
    for name in PARTS:
        use = [a for a in SCENARIOS[name].activities if KINDS[a.what].family == BENIGN]
        assert len(use) >= 10


def test_new_harmless_kinds_take_no_tool_of_the_test_into_training() -> None:
    """The plant and the home attack by what other networks of training have seen already."""
    new = attacks(run for run in of("train") if run.network.name in ("plant", "home"))
    others = attacks(run for run in of("train") if run.network.name not in ("plant", "home"))
    assert new <= others
    for network in ("plant", "home"):
        made = families(run for run in of("train") if run.network.name == network)
        assert made == set(ATTACKS) - {"exploit"}
