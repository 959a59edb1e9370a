"""Which words a finding is worth: new, grown, closed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from netad_pcap.engine.events import Events
from netad_pcap.hosts import QUIET_US
from tests.scored_flows import START_US, scored_flows

SECOND_US = 1_000_000


def attack(first: int, count: int) -> Any:
    """One source that knocks at port after port of one host, every two seconds."""
    return scored_flows(
        [
            {"src": "10.0.0.1", "dst": "10.0.0.9", "port": 1_000 + i, "p": 1e-4, "at": 2.0 * i}
            for i in range(first, first + count)
        ]
    )


@pytest.fixture
def events() -> Events:
    return Events(alerts_per_day=0.1, all_flows=False)


def said(events: Events) -> list[tuple[str, str, int]]:
    lines = [json.loads(line) for line in events.take().splitlines()]
    return [(line["id"], line["state"], line["flows"]) for line in lines]


def test_finding_is_told_when_it_is_new_and_not_with_each_flow(events: Events) -> None:
    for i in range(19):
        events.append(attack(i, 1))
    assert said(events) == [("f1", "new", 4)]
    assert events.findings == 1


def test_finding_is_told_again_when_it_has_grown_tenfold(events: Events) -> None:
    for i in range(600):
        events.append(attack(i, 1))
    assert said(events) == [("f1", "new", 4), ("f1", "grown", 40), ("f1", "grown", 400)]


def test_finding_is_closed_when_it_has_been_quiet(events: Events) -> None:
    events.append(attack(0, 40))
    said(events)
    end_us = START_US + 80 * SECOND_US
    events.advance(end_us + QUIET_US - SECOND_US)
    assert said(events) == []
    events.advance(end_us + QUIET_US + 125 * SECOND_US)
    assert said(events) == [("f1", "closed", 40)]
    events.end_group()
    assert said(events) == []


def test_finding_is_closed_at_the_end(events: Events) -> None:
    events.append(attack(0, 40))
    events.end_group()
    assert [state for _, state, _ in said(events)] == ["new", "closed"]


def test_no_finding_no_word(events: Events) -> None:
    events.append(scored_flows([{"p": 0.5}] * 20))
    events.end_group()
    assert events.take() == b""
    assert events.flows == 20
