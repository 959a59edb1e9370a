"""Scores become p-values: exact, monotone, continued beyond the calibration scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from netad_pcap.detection.calibration import Calibration, fit_calibration, flows_needed
from netad_pcap.errors import ModelError

finite = st.floats(allow_nan=False, allow_infinity=False, width=64)
columns = arrays(np.float64, st.integers(1, 60), elements=finite)


def naive_p(scores: np.ndarray, weights: np.ndarray, score: float) -> float:
    above = 0.0
    for other, weight in zip(scores, weights, strict=True):
        if other >= score:
            above += weight
    return (1 + above) / (1 + float(weights.sum()))


@given(columns, columns)
def test_p_is_the_share_of_scores_at_least_as_high(known: np.ndarray, new: np.ndarray) -> None:
    expected = [naive_p(known, np.ones(len(known)), score) for score in new]
    assert fit_calibration(known).p_values(new) == pytest.approx(expected)


@given(columns, columns, st.integers(0, 9))
def test_weights_count_as_parts_of_flows(known: np.ndarray, new: np.ndarray, seed: int) -> None:
    weights = np.random.default_rng(seed).random(len(known)) * 0.9 + 0.1
    expected = [naive_p(known, weights, score) for score in new]
    assert fit_calibration(known, weights).p_values(new) == pytest.approx(expected)


@given(columns, columns)
def test_surprise_never_falls_and_stays_finite(known: np.ndarray, new: np.ndarray) -> None:
    surprise = fit_calibration(known).surprise(np.sort(new))
    assert np.isfinite(surprise).all()
    assert (np.diff(surprise) >= 0).all()
    assert (surprise >= 0).all()


@given(arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e6, 1e6)))
def test_surprise_is_continuous_at_the_joint(known: np.ndarray) -> None:
    calibration = fit_calibration(known)
    step = max(1e-7 * calibration.tail.scale, float(np.spacing(abs(known.max()))))
    expected = -np.log10(calibration.smallest_p)
    found = calibration.surprise(np.array([known.max() + step]))[0]
    assert found == pytest.approx(expected, abs=1e-6 + step / calibration.tail.scale)


def test_strong_flows_do_not_tie() -> None:
    calibration = fit_calibration(np.arange(100.0))
    weak, strong = calibration.surprise(np.array([120.0, 200.0]))
    assert weak < strong
    assert calibration.p_values(np.array([120.0, 200.0])).tolist() == [1 / 101, 1 / 101]


@pytest.mark.parametrize(("shape", "draw"), [
    (0.0, lambda r, n: r.exponential(2.0, n)),
    (0.5, lambda r, n: r.pareto(2.0, n)),
])  # fmt: skip
def test_tail_finds_the_shape_that_scores_were_drawn_from(shape: float, draw) -> None:  # type: ignore[no-untyped-def]
    tail = fit_calibration(draw(np.random.default_rng(1), 9_000)).tail
    assert tail.shape == pytest.approx(shape, abs=0.15)


def test_continuation_holds_far_beyond_what_was_seen() -> None:
    random = np.random.default_rng(2)
    calibration = fit_calibration(random.exponential(1.0, 1_000))
    score = np.array([-np.log(1e-6)])  # exceeded once in a million
    assert calibration.surprise(score)[0] == pytest.approx(6, abs=1.0)


@pytest.mark.parametrize("known", [[3.0], [3.0, 3.0, 3.0], [0.0] * 50, [0.0] * 49 + [1.0],
                                   [-1e308, 1e308], [5e-324]])  # fmt: skip
def test_degenerate_calibration_scores_still_rank(known: list[float]) -> None:
    calibration = fit_calibration(np.array(known))
    first, second = calibration.surprise(np.array([max(known), 1.7e308]))
    assert np.isfinite([first, second]).all()
    assert first < second


def test_p_values_are_uniform_on_exchangeable_flows() -> None:
    random = np.random.default_rng(3)
    p = np.concatenate(
        [
            fit_calibration(random.lognormal(size=199)).p_values(random.lognormal(size=20))
            for _ in range(400)
        ]
    )
    for level in (0.01, 0.05, 0.2, 0.5, 0.9):
        assert (p <= level).mean() == pytest.approx(level, abs=0.02)


def test_capped_calibration_only_raises_p() -> None:
    random = np.random.default_rng(4)
    known, new = random.normal(size=5_000), random.normal(size=2_000)
    whole, capped = fit_calibration(known), fit_calibration(known, cap=500)
    assert len(capped.scores) <= 500
    assert capped.flows == 5_000
    difference = capped.p_values(new) - whole.p_values(new)
    assert (difference >= 0).all()
    assert difference.max() < 0.005
    strong = new > np.sort(known)[-200]
    assert (difference[strong] == 0).all()


@pytest.mark.parametrize(("fpr", "flows"), [(0.01, 99), (0.001, 999), (0.5, 1), (0.1, 9),
                                            (0.05, 19), (1 / 3, 2)])  # fmt: skip
def test_flows_needed_for_a_budget(fpr: float, flows: int) -> None:
    assert flows_needed(fpr) == flows
    fit_calibration(np.arange(float(flows))).require(fpr, "office")


def test_too_few_flows_say_how_many_are_needed() -> None:
    with pytest.raises(ModelError, match=r"office is calibrated on 98 flows; --fpr 0.01 needs at "
                                         r"least 99"):  # fmt: skip
        fit_calibration(np.arange(98.0)).require(0.01, "office")


def test_no_flow_to_calibrate_on() -> None:
    with pytest.raises(ModelError, match="no flow to calibrate on"):
        fit_calibration(np.empty(0))


@pytest.mark.parametrize(
    ("scores", "at_least"),
    [
        ([1.0, 1.0], [2.0, 1.0]),
        ([1.0, 2.0], [1.0, 1.0]),
        ([1.0], [0.0]),
        ([np.nan], [1.0]),
        ([], []),
        ([1.0, 2.0], [2.0]),
    ],
)
def test_calibration_that_is_none_is_refused(scores: list[float], at_least: list[float]) -> None:
    with pytest.raises(ValueError, match="calibration"):
        Calibration(np.array(scores), np.array(at_least))


def test_weights_that_sum_to_whole_flows_do() -> None:
    calibration = fit_calibration(np.arange(330.0), np.full(330, 0.3))
    assert calibration.flows == 99.0
    calibration.require(0.01, "office")
