"""Scenarios are data: what they name exists, and their networks stay within the lab's ranges."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Network

import pytest

from netad_pcap.families import FAMILIES
from sample_pcaps.lab.activities import KINDS
from sample_pcaps.lab.activities.denial import FORGED
from sample_pcaps.lab.conductor import check_scenario
from sample_pcaps.lab.errors import LabError
from sample_pcaps.lab.networks import SMOKE
from sample_pcaps.lab.programs.gossip import LIVE, PEERS
from sample_pcaps.lab.scenario import Activity, Network, Scenario
from sample_pcaps.lab.scenarios import SCENARIOS
from sample_pcaps.lab.services import SERVICES

NETWORKS = {scenario.network.name: scenario.network for scenario in SCENARIOS.values()}


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario_names_what_exists(name: str) -> None:
    check_scenario(SCENARIOS[name])


@pytest.mark.parametrize("network", NETWORKS.values(), ids=lambda network: network.name)
def test_network_stays_within_the_ranges_and_serves_what_exists(network: Network) -> None:
    for text in (network.lan, network.outside):
        assert IPv4Network(text).subnet_of(IPv4Network("198.18.0.0/15"))
    for text in (network.lan6, network.outside6):
        assert IPv6Network(text).subnet_of(IPv6Network("fd00::/8"))
    for host in network.hosts:
        assert set(host.services) <= set(SERVICES)
        # The name of a wire's end: IFNAMSIZ.
        assert len(host.name) < 16
        subnet = IPv4Network(network.outside if host.outside else network.lan)
        assert IPv4Address(network.address(host)) in subnet


def test_networks_share_no_address() -> None:
    ranges = [IPv4Network(t) for n in NETWORKS.values() for t in (n.lan, n.outside)]
    ranges += [IPv4Network(h.also) for n in NETWORKS.values() for h in n.hosts if h.also]
    ranges.append(IPv4Network(FORGED))
    assert all(room.subnet_of(IPv4Network("198.18.0.0/15")) for room in ranges)
    assert not [(a, b) for i, a in enumerate(ranges) for b in ranges[:i] if a.overlaps(b)]


@pytest.mark.parametrize("name", SCENARIOS)
def test_who_is_asked_at_one_of_many_addresses_has_many(name: str) -> None:
    for activity in SCENARIOS[name].activities:
        if activity.what in ("ask_pool", "browse_widely", "gossip"):
            assert all(host.also for host in SCENARIOS[name].network.matching(activity.to))


def test_peers_are_where_their_host_is_and_where_nobody_is() -> None:
    rooms = [h.also for n in NETWORKS.values() for h in n.hosts if "peers" in h.services]
    assert [IPv4Network(room) for room in rooms] == [LIVE]
    assert LIVE.subnet_of(PEERS)
    others = {IPv4Network(t) for n in NETWORKS.values() for t in (n.lan, n.outside)}
    others |= {IPv4Network(h.also) for n in NETWORKS.values() for h in n.hosts if h.also} - {LIVE}
    assert not [room for room in others if room.overlaps(PEERS)]


def test_families_are_those_of_the_product() -> None:
    assert {kind.family for kind in KINDS.values()} <= set(FAMILIES)


@pytest.mark.parametrize(
    ("activity", "words"),
    [
        (Activity("juggle", "pc*", "web"), "no activity 'juggle'"),
        (Activity("ping", "desk*", "web"), "no host 'desk\\*'"),
        (Activity("hydra_ssh", "bad", "web"), "no such service on 'web'"),
    ],
)
def test_what_does_not_exist_is_named(activity: Activity, words: str) -> None:
    with pytest.raises(LabError, match=words):
        check_scenario(Scenario("x", SMOKE, 1, (activity,)))


def test_what_passes_outside_only_is_refused() -> None:
    activity = Activity("hydra_ssh", "bot1", "app")
    with pytest.raises(LabError, match="nothing of it would be recorded"):
        check_scenario(Scenario("x", NETWORKS["branch"], 1, (activity,)))
