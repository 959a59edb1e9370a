from __future__ import annotations

import numpy as np

from netad_pcap.training.host_order import HostOrder
from tests.training.batches import Flow, batch


def _flows(source: str, count: int, destination: str = "10.0.0.9") -> list[Flow]:
    return [(source, destination, 40_000, 80, 6, 0.0)] * count


def _order(*parts: tuple[list[Flow], str]) -> HostOrder:
    order = HostOrder()
    for flows, family in parts:
        order.add(batch(flows), np.full(len(flows), family, object))
    return order


CROWD = [flow for i in range(1, 11) for flow in _flows(f"10.0.1.{i}", 5 + i)]


def test_the_reports_order_beside_that_by_number_of_flows() -> None:
    order = _order((CROWD, "benign"), (_flows("10.0.0.66", 3), "scan"))
    places = order.places(["10.0.0.66", "10.0.1.1"])
    assert places == {
        "scan": {
            "first": 1.0, "first_by_flows": 0.0, "first_three": 1.0, "first_three_by_flows": 0.0
        }
    }  # fmt: skip
    assert order.places(["10.0.1.1", "10.0.0.66"])["scan"]["first"] == 0.0


def test_any_attacker_of_the_capture_will_do() -> None:
    order = _order(
        (CROWD, "benign"), (_flows("10.0.0.66", 3), "scan"), (_flows("10.0.0.67", 3), "dos")
    )
    places = order.places(["10.0.0.67", "10.0.1.1"])
    assert places["scan"] == places["dos"]
    assert places["scan"]["first"] == 1.0


def test_few_hosts_say_nothing() -> None:
    order = _order((CROWD[:20], "benign"), (_flows("10.0.0.66", 3), "scan"))
    assert order.places(["10.0.0.66"]) == {"scan": {}}
    five = _order((CROWD[:36], "benign"), (_flows("10.0.0.66", 3), "scan"))
    assert set(five.places(["10.0.0.66"])["scan"]) == {"first", "first_by_flows"}


def test_a_victim_that_answers_is_no_attacker() -> None:
    attack = _flows("10.0.0.66", 9, "10.0.1.10") + _flows("10.0.1.10", 3, "10.0.0.66")
    order = _order((CROWD, "benign"), (attack, "scan"))
    assert order.places(["10.0.1.10", "10.0.0.66"])["scan"]["first"] == 0.0


def test_of_an_attack_by_many_nobody_is_looked_for() -> None:
    spoofed = [flow for i in range(9) for flow in _flows(f"198.51.100.{i}", 1)]
    assert _order((CROWD, "benign"), (spoofed, "ddos")).places([]) == {}
