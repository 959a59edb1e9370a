"""Fixed quantiles of columns, and the distance of traffic from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from netad_pcap.detection.quantiles import LEVELS, column_drift, quantiles_of
from netad_pcap.flows import FlowBatch

finite = arrays(np.float64, st.integers(1, 80), elements=st.floats(-1e9, 1e9))


def quantiles(values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    batch = FlowBatch(profile=None, features={"x": values})
    row: np.ndarray = quantiles_of(batch, ["x"], weights)[0]
    return row


@given(finite)
def test_quantiles_are_numpys_inverted_cdf(values: np.ndarray) -> None:
    expected = [
        np.sort(values)[max(int(np.ceil(round(q * len(values), 9))) - 1, 0)] for q in LEVELS
    ]
    assert quantiles(values).tolist() == expected


@given(finite)
def test_nothing_is_far_from_itself(values: np.ndarray) -> None:
    assert column_drift(values, quantiles(values)) == pytest.approx(0, abs=1e-9)


@given(finite, finite)
def test_drift_lies_between_0_and_1(here: np.ndarray, there: np.ndarray) -> None:
    drift = column_drift(here, quantiles(there))
    assert drift is not None
    assert 0 <= drift <= 1


def test_nothing_in_common_is_1() -> None:
    assert column_drift(np.full(9, 5.0), quantiles(np.arange(3.0))) == 1
    assert column_drift(np.full(9, -5.0), quantiles(np.arange(3.0))) == 1


def test_other_share_of_zeros_is_the_difference_of_shares() -> None:
    there = np.repeat([0.0, 1.0], [20, 80])
    here = np.repeat([0.0, 1.0], [70, 30])
    assert column_drift(here, quantiles(there)) == pytest.approx(0.45)  # 0.5, known to 0.05


def test_a_gap_between_two_quantiles_is_seen() -> None:
    assert column_drift(np.full(50, 5.5), quantiles(np.arange(100.0))) == pytest.approx(
        0.95, abs=0.05
    )


@pytest.mark.parametrize(("rows", "most"), [(1_000, 0.05), (50, 0.2)])
def test_rows_of_the_same_network_are_near(rows: int, most: float) -> None:
    random = np.random.default_rng(0)
    there = quantiles(random.lognormal(size=20_000))
    drifts = [column_drift(random.lognormal(size=rows), there) for _ in range(200)]
    assert np.quantile(np.array(drifts, float), 0.99) < most


def test_infinities_count_as_the_largest_and_nan_not_at_all() -> None:
    values = np.array([1.0, np.inf, np.nan, 2.0])
    assert quantiles(values)[[0, 10, 20]].tolist() == [1, 2, np.inf]
    assert column_drift(values, quantiles(values)) == 0


def test_column_of_nan_says_nothing() -> None:
    nothing = np.full(5, np.nan)
    assert np.isnan(quantiles(nothing)).all()
    assert column_drift(np.arange(5.0), quantiles(nothing)) is None
    assert column_drift(nothing, quantiles(np.arange(5.0))) is None


def test_weights_are_shares() -> None:
    values = np.array([1.0, 2.0])
    assert quantiles(values, np.array([0.9, 0.1]))[[17, 18, 19]].tolist() == [1, 1, 2]
