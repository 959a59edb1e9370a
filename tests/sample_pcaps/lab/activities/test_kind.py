"""Attacks and harmless use that a rule could not tell apart never overlap."""

from __future__ import annotations

import pytest

from sample_pcaps.lab.activities import Touch


@pytest.mark.parametrize(
    ("attack", "use", "apart"),
    [
        (Touch("198.18.1.2", 22), Touch("198.18.1.2", 22), False),
        (Touch("198.18.1.2", 22), Touch("198.18.1.2", 80), True),
        (Touch("198.18.1.2", 22), Touch("198.18.1.3", 22), True),
        (Touch("198.18.1.0/24", None, None), Touch("198.18.1.2", 53, 17), False),
        (Touch("198.18.1.2", None, 1), Touch("198.18.1.2", 53, 17), True),
        (Touch("fd1a:1::2", 80), Touch("198.18.1.2", 80), True),
        # A port of its own, below those that the kernel gives out.
        (Touch("198.18.1.2", 53, 17, 20_001), Touch("198.18.1.2", 53, 17), True),
    ],
)
def test_flows_are_told_apart_by_what_a_rule_has(attack: Touch, use: Touch, apart: bool) -> None:
    assert attack.told_from(use) == apart
    assert use.told_from(attack) == apart


@pytest.mark.parametrize(
    ("attack", "use", "apart"),
    [
        # A sweep of all ports by .9, and who pings .9 meanwhile.
        (Touch("198.18.1.0/24", None, None), Touch("198.18.1.9", None, 1), False),
        (Touch("198.18.1.0/24", None, 6), Touch("198.18.1.9", None, 1), True),
        (Touch("198.18.1.0/24", 445, 6), Touch("198.18.1.9", 22, 6), True),
        (Touch("198.18.1.0/24", None, None), Touch("198.18.1.7", None, 1), True),
        (Touch("198.18.2.0/24", None, None), Touch("198.18.1.9", None, 1), True),
    ],
)
def test_rules_match_both_ways(attack: Touch, use: Touch, apart: bool) -> None:
    mine, theirs = "198.18.1.9", "198.18.1.4"
    assert attack.told_from_answer(use, mine, theirs) == apart
    assert use.told_from_answer(attack, theirs, mine) == apart
