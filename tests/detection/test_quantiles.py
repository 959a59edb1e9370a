"""Fixed quantiles of columns."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from netad_pcap.detection.quantiles import LEVELS, quantiles_of
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


def test_infinities_count_as_the_largest_and_nan_not_at_all() -> None:
    values = np.array([1.0, np.inf, np.nan, 2.0])
    assert quantiles(values)[[0, 10, 20]].tolist() == [1, 2, np.inf]


def test_column_of_nan_says_nothing() -> None:
    nothing = np.full(5, np.nan)
    assert np.isnan(quantiles(nothing)).all()


def test_weights_are_shares() -> None:
    values = np.array([1.0, 2.0])
    assert quantiles(values, np.array([0.9, 0.1]))[[17, 18, 19]].tolist() == [1, 1, 2]
