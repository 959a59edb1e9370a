from __future__ import annotations

import numpy as np
import pytest

from netad_pcap.detection import Spot
from netad_pcap.errors import ModelError


def stream(n: int, seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.random.default_rng(seed).exponential(1.0, n)


def test_false_alarms_stay_at_the_share() -> None:
    spot = Spot(stream(2_000, 0), share=0.002)
    assert spot.alarms(stream(10_000, 1)).mean() == pytest.approx(0.002, abs=0.0015)


def test_it_learns_on() -> None:
    spot = Spot(stream(300, 0), share=0.001)
    before = spot.threshold
    spot.alarms(stream(8_000, 1))
    exact = -np.log(0.001)
    assert abs(spot.threshold - exact) < max(abs(before - exact), 0.5)


def test_an_alarm_is_not_learned() -> None:
    spot = Spot(stream(1_000, 0), share=0.001)
    before, seen = spot.threshold, spot.seen
    assert spot.alarms(np.full(50, 1e6)).all()
    assert (spot.threshold, spot.seen) == (before, seen)


def test_a_stream_cut_anywhere_gives_the_same_alarms() -> None:
    scores = stream(2_000, 1)
    whole = Spot(stream(500, 0), share=0.002).alarms(scores)
    spot = Spot(stream(500, 0), share=0.002)
    pieces = [spot.alarms(scores[a:b]) for a, b in ((0, 1), (1, 700), (700, 2_000))]
    np.testing.assert_array_equal(np.concatenate(pieces), whole)


def test_what_it_cannot_begin_with_is_refused() -> None:
    for scores, share in ((stream(0, 0), 0.01), (stream(20, 0), 0.01), (stream(1_000, 0), 0.01)):
        with pytest.raises(ModelError, match="threshold by tail"):
            Spot(scores, share)


def test_weights_count_as_copies_do() -> None:
    once = stream(600, 2)
    heavy = Spot(once, share=0.002, weights=np.full(600, 3.0))
    copies = Spot(np.repeat(once, 3), share=0.002)
    assert heavy.seen == copies.seen == 1_800
    assert heavy.threshold == pytest.approx(copies.threshold, rel=0.02)
