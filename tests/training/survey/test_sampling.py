"""Never more rows than asked for, and no class lost to a large one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from netad_pcap.training.reproduction.experiment import drawn, shares
from netad_pcap.training.survey.sampling import MOST_TRIED, stratified, thinned, tried
from tests.training.captures import capture


def families(**counts: int) -> np.ndarray:
    names = np.repeat(np.array(list(counts), object), list(counts.values()))
    return np.random.default_rng(0).permutation(names)


@pytest.mark.parametrize("most", [700, 1_000, 5_000])
def test_each_class_has_its_share_and_small_ones_are_whole(most: int) -> None:
    truth = families(benign=6_000, dos=3_900, scan=90, exploit=10)
    rows = stratified(truth, most, 1)
    kept = Counter(truth[rows].tolist())
    assert len(rows) == most
    assert (kept["scan"], kept["exploit"]) == (90, 10)
    assert kept["dos"] == round(most * 0.39)


def test_only_the_largest_class_makes_room_for_the_small_ones() -> None:
    truth = families(benign=6_000, dos=3_900, scan=90, exploit=10)
    wanted = shares(truth, 700)
    assert wanted == {"benign": 420, "dos": 273, "exploit": 10, "scan": 90}
    more = drawn(truth, wanted, 1)
    assert Counter(truth[more].tolist()) == wanted
    assert (np.diff(more) > 0).all()
    left = set(more) - set(stratified(truth, 700, 1))
    assert Counter(truth[sorted(left)].tolist()) == {"benign": sum(wanted.values()) - 700}


def test_few_rows_are_all_kept_in_order() -> None:
    truth = families(benign=50, dos=20)
    np.testing.assert_array_equal(stratified(truth, 70, 3), np.arange(70))


def test_a_seed_draws_the_same_rows_and_another_others() -> None:
    truth = families(benign=900, dos=900)
    first, again, other = (stratified(truth, 500, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert set(first) != set(other)
    assert (np.diff(first) > 0).all()


@pytest.mark.parametrize("most", [10, 100, 150, 10_000])
def test_captures_are_thinned_to_the_largest_number_each_that_holds(most: int) -> None:
    captures = [
        capture("a", "one", flows=80),
        capture("b", "one", "scan", 30),
        capture("c", "two", flows=7),
    ]
    lengths = [len(one.families) for one in thinned(captures, most, 5)]
    assert sum(lengths) <= most
    each = max(lengths)
    assert lengths == [min(each, 80), min(each, 30), min(each, 7)]
    assert each == 80 or min(each + 1, 80) + min(each + 1, 30) + min(each + 1, 7) > most


def test_classes_of_one_capture_are_thinned_apart() -> None:
    one = capture("a", "one", flows=100)
    mixed = np.array(["benign"] * 90 + ["scan"] * 10, object)
    (kept,) = thinned([replace(one, families=mixed)], 30, 0)
    assert Counter(kept.families.tolist()) == {"benign": 20, "scan": 10}


def test_thinned_flows_keep_the_past_that_they_point_at() -> None:
    one = capture("a", "one", flows=60, history=4)
    (kept,) = thinned([one], 20, 0)
    assert len(kept.families) == 20
    assert kept.flows.history is not None
    place = {value: i for i, value in enumerate(one.flows.features["Flow Byts/s"])}
    for row in range(kept.flows.carried, len(kept.flows)):
        then = place[kept.flows.features["Flow Byts/s"][row]]
        before = kept.flows.history[row]
        assert one.flows.history is not None
        pointed = kept.flows.features["Flow Byts/s"][before[before >= 0]]
        was = one.flows.history[then]
        np.testing.assert_array_equal([place[value] for value in pointed], was[was >= 0])


def test_clean_captures_are_tried_whole_and_of_others_the_attacks() -> None:
    clean, flood = capture("a", "one", flows=900), capture("b", "one", flows=900)
    mixed = np.array(["benign"] * 100 + ["dos"] * 700 + ["scan"] * 100, object)
    first, second = tried([clean, replace(flood, families=mixed)])
    assert len(first.families) == 900
    assert Counter(second.families.tolist()) == {"dos": MOST_TRIED, "scan": 100}
    rows = np.flatnonzero(np.isin(flood.flows.features["Flow Byts/s"],
                                  second.flows.features["Flow Byts/s"]))  # fmt: skip
    assert rows.min() >= 100
