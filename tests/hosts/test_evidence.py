from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from netad_pcap.hosts.evidence import (
    DESIGN_EFFECT,
    KAPPAS,
    KNOWN_EFFECT,
    log_bets,
    log_wealth,
    put_in,
)


def _wealth(p_values: Any) -> Iterator[Any]:
    invested, bets = np.full(len(KAPPAS), -np.inf), np.empty(len(KAPPAS))
    for step, p_value in enumerate(p_values, start=1):
        log_bets(p_value, False, KAPPAS, bets)
        put_in(invested, step, bets)
        yield math.exp(log_wealth(invested, step))


@pytest.mark.parametrize("fpr", [0.0, 0.01, 0.05])
def test_a_bet_on_a_uniform_p_value_gains_nothing_on_average(fpr: float) -> None:
    """Even where all flows within the budget are named."""
    grid = (np.arange(200_000) + 0.5) / 200_000
    bets = np.empty(len(KAPPAS))
    mean = np.mean([math.exp(log_bets(p, p <= fpr, KAPPAS, bets)) for p in grid])
    assert 0.9 < mean <= 1.0


def test_a_named_flow_is_stronger_evidence() -> None:
    bets = np.empty(len(KAPPAS))
    gains = [log_bets(1e-3, named, KAPPAS, bets) for named in (False, True)]
    assert gains[1] > 1.5 * gains[0] > 0
    assert bets[0] * KNOWN_EFFECT == pytest.approx(math.log(KAPPAS[0] * 1e-3 ** (KAPPAS[0] - 1)))


def test_wealth_begins_at_one_and_is_a_fair_game_at_most() -> None:
    rng = np.random.default_rng(3)
    ends = [list(_wealth(rng.random(50)))[-1] for _ in range(4000)]
    assert np.mean(ends) <= 1.1


def test_wealth_rarely_passes_a_hundred_whenever_looked_at() -> None:
    rng = np.random.default_rng(4)
    passed = sum(max(_wealth(rng.random(200))) >= 100 for _ in range(2000))
    assert passed / 2000 <= 0.01


def test_a_quiet_past_costs_little() -> None:
    attack = [1e-3] * 12 * int(DESIGN_EFFECT)
    fresh = list(_wealth(attack))[-1]
    late = list(_wealth([0.6] * 1000 + attack))[-1]
    assert late > 1e6
    assert math.log10(fresh) - math.log10(late) < 7


def test_what_is_no_p_value_is_no_evidence() -> None:
    bets = np.empty(len(KAPPAS))
    at_one = log_bets(1.0, False, KAPPAS, bets)
    assert log_bets(math.nan, False, KAPPAS, bets) == at_one == log_bets(7.0, False, KAPPAS, bets)
