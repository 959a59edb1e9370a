from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from netad_pcap.training.evaluation import (
    Measured,
    ScoredCapture,
    means_by_source,
    measure,
    summarize,
)


def _capture(
    source: str, scores: list[float], family: str = "benign", name: str = "c"
) -> ScoredCapture:
    families = np.full(len(scores), family, object)
    return ScoredCapture(name, source, families, np.array(scores, float))


def test_a_flood_of_flows_weighs_like_any_other_capture() -> None:
    # 10,000 loud flows of one capture weigh 20, as do 20 flows of each of the 99 others.
    others = [_capture("a", [0.0] * 20, name=str(i)) for i in range(99)]
    loud = _capture("a", [9.0] * 10_000, name="loud")
    (tested,) = measure([_capture("b", [5.0] * 4, "scan")], [*others, loud])
    assert tested.values["recall"] == 1.0  # the loud capture is 1% of the weight
    assert tested.values["auc"] == pytest.approx(0.99)


def test_thresholds_come_from_other_sources_only() -> None:
    own = _capture("a", [100.0] * 50, name="own clean capture")
    other = _capture("b", [1.0] * 50, name="other clean capture")
    attack = _capture("a", [2.0] * 5, "dos")
    measured = {m.family: m.values for m in measure([own, attack], [other]) if m.source == "a"}
    assert measured["dos"]["recall"] == 1.0
    assert measured["dos"]["auc"] == 1.0
    assert measured["benign"]["false_alarms"] == 1.0


def test_recall_is_stated_at_three_rates() -> None:
    clean = [_capture("a", [float(i)], name=str(i)) for i in range(2_000)]
    (tested,) = measure([_capture("b", [1_899.5, 1_979.5, 1_998.5, 2_500.0], "scan")], clean)
    recalls = [tested.values[name] for name in ("recall_0.1", "recall", "recall_5")]
    assert recalls == [0.5, 0.75, 1.0]
    assert tested.values["hit_0.1"] == 1.0


def test_precision_is_told_with_attacks_weighed_as_twenty_flows() -> None:
    clean = [_capture("a", [0.0] * 20)]
    (even,) = measure([_capture("b", [0.0] * 2_000, "dos")], clean)
    assert even.values["pr_auc"] == pytest.approx(0.5)  # chance: 20 flows against 20
    (sure,) = measure([_capture("b", [1.0] * 2_000, "dos")], clean)
    assert sure.values["pr_auc"] == 1.0


def test_other_groups_set_thresholds_and_in_time_only_earlier_ones() -> None:
    def grouped(group: str, score: float, family: str = "benign") -> ScoredCapture:
        one = _capture("s", [score] * 20, family, group)
        return replace(one, group=group)

    captures = [grouped("time 1", 0.0), grouped("time 2", 5.0, "scan"), grouped("time 3", 9.0)]
    by_group = {m.family: m.values for m in measure(captures) if m.family == "scan"}
    assert by_group["scan"]["recall"] == 0.0
    in_time = {m.family: m.values for m in measure(captures, in_time=True)}
    assert in_time["scan"]["recall"] == 1.0


def test_sources_are_told_before_they_are_pooled() -> None:
    told = means_by_source(
        [
            Measured("1", "a", "scan", 3, {"auc": 1.0}),
            Measured("2", "a", "scan", 3, {"auc": 0.5}),
            Measured("3", "b", "scan", 3, {"auc": 0.0}),
        ]
    )
    assert told == {"a": {"scan": {"auc": 0.75}}, "b": {"scan": {"auc": 0.0}}}


def test_quiet_is_what_a_tenth_of_clean_captures_reach_even_once() -> None:
    clean = [_capture("a", [0.0] * 9 + [float(i)], name=str(i)) for i in range(10)]
    (below,) = measure([_capture("b", [8.0], "scan")], clean)
    (above,) = measure([_capture("b", [8.5], "scan")], clean)
    assert below.values["quiet_hit"] == 0.0
    assert above.values["quiet_hit"] == 1.0


def test_benign_flows_beside_an_attack_are_not_measured() -> None:
    families = np.array(["benign", "scan"], object)
    mixed = ScoredCapture("m", "a", families, np.array([9.0, 9.0]))
    (only,) = measure([mixed], [_capture("b", [0.0] * 5)])
    assert only.family == "scan"


def test_without_clean_captures_of_others_only_verdicts_count() -> None:
    alone = ScoredCapture(
        "m", "a", np.full(4, "scan", object), np.zeros(4), np.array([True, True, False, False])
    )
    (only,) = measure([alone])
    assert only.values == {"flagged": 0.5}


def test_figures_are_means_over_sources_of_means_over_captures() -> None:
    clean = [_capture("z", [0.0] * 20)]
    attacks = [
        _capture("a", [1.0] * 30, "scan", "1"),
        _capture("a", [-1.0] * 30, "scan", "2"),
        _capture("b", [1.0] * 5, "scan", "3"),
    ]
    figures = summarize(measure(attacks, clean), seed=0)
    assert figures["scan"]["auc"].mean == pytest.approx((0.5 + 1.0) / 2)
    assert (figures["scan"]["auc"].sources, figures["scan"]["auc"].captures) == (2, 3)
    # Captures with at least twenty attack flows apart.
    assert figures["scan"]["large_auc"].mean == pytest.approx(0.5)
    assert figures["scan"]["large_auc"].sources == 1
    assert figures["attacks"]["auc"] == figures["scan"]["auc"]


def test_intervals_hold_the_mean_and_are_the_same_again() -> None:
    clean = [_capture("z", [0.0] * 20)]
    attacks = [_capture(str(i), [float(i - 3)], "dos") for i in range(8)]
    figure = summarize(measure(attacks, clean), seed=3)["dos"]["auc"]
    assert figure.low < figure.mean < figure.high
    assert figure == summarize(measure(attacks, clean), seed=3)["dos"]["auc"]


def test_figures_of_large_captures_are_those_that_large_captures_have() -> None:
    small = Measured("a", "s", "scan", 3, {"found": 1.0, "first": 1.0})
    large = Measured("b", "s", "scan", 30, {"found": 0.0})
    figures = summarize([small, large], seed=0)["scan"]
    assert set(figures) == {"found", "first", "large_found"}
    assert (figures["found"].mean, figures["large_found"].mean) == (0.5, 0.0)


def test_places_of_hosts_are_figures_of_their_family() -> None:
    capture = ScoredCapture(
        "c", "a", np.array(["scan"], object), np.ones(1), told={"scan": {"first": 1.0}}
    )
    (measured,) = measure([capture])
    assert measured.values == {"first": 1.0}


def test_a_capture_of_two_attacks_is_one_capture() -> None:
    two = [Measured("a", "s", family, 3, {"found": 1.0}) for family in ("scan", "dos")]
    one = Measured("b", "s", "scan", 3, {"found": 0.0})
    figure = summarize([*two, one], seed=0)["attacks"]["found"]
    assert (figure.mean, figure.captures) == (0.5, 2)
