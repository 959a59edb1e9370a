"""How far traffic is from a baseline, column by column and in its p-values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from netad_pcap.detection.drift import CHANGED, ColumnCounts, PValueCounts
from netad_pcap.detection.quantiles import quantiles_of
from netad_pcap.flows import FlowBatch

finite = arrays(np.float64, st.integers(1, 80), elements=st.floats(-1e9, 1e9))


def quantiles(values: np.ndarray) -> np.ndarray:
    batch = FlowBatch(profile=None, features={"x": values})
    row: np.ndarray = quantiles_of(batch, ["x"])[0]
    return row


def counted(values: np.ndarray, there: np.ndarray) -> ColumnCounts:
    counts = ColumnCounts(there)
    counts.add(values)
    return counts


def column_drift(values: np.ndarray, there: np.ndarray) -> float | None:
    return counted(values, there).distance


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
    assert column_drift(values, quantiles(values)) == 0
    nothing = np.full(5, np.nan)
    assert column_drift(np.arange(5.0), quantiles(nothing)) is None
    assert column_drift(nothing, quantiles(np.arange(5.0))) is None
    assert counted(nothing, quantiles(np.arange(5.0))).stability is None


@given(finite, st.integers(0, 80))
def test_cutting_the_stream_changes_nothing(values: np.ndarray, cut: int) -> None:
    there = quantiles(np.arange(40.0))
    whole, parts = counted(values, there), counted(values[:cut], there)
    parts.add(values[cut:])
    assert (parts.distance, parts.stability, parts.outside) == (
        whole.distance,
        whole.stability,
        whole.outside,
    )


@given(finite)
def test_stability_of_a_column_from_itself_is_zero(values: np.ndarray) -> None:
    assert counted(values, quantiles(values)).stability == pytest.approx(0, abs=1e-9)


def test_stability_is_the_textbook_sum_over_atoms() -> None:
    there = quantiles(np.repeat([0.0, 1.0], [20, 80]))
    here = counted(np.repeat([0.0, 1.0], [70, 30]), there)
    # The share of zeros there is 0.20 to 0.25: the nearest to 0.7 is taken.
    expected = (0.7 - 0.25) * np.log(0.7 / 0.25) + (0.3 - 0.75) * np.log(0.3 / 0.75)
    assert here.stability == pytest.approx(expected)
    assert here.change(1_000) == "changed"


def test_what_lies_between_the_quantiles_of_one_value_is_seen() -> None:
    there = quantiles(np.repeat([60.0, 64.0, 100.0], [10, 80, 10]))
    here = counted(np.full(100, 63.0), there)
    assert here.stability is not None
    assert here.stability > 10 * CHANGED


def test_few_flows_change_nothing_and_many_do() -> None:
    random = np.random.default_rng(0)
    there = quantiles(random.lognormal(size=2_000))
    changes = [counted(random.lognormal(size=30), there).change(2_000) for _ in range(50)]
    assert changes.count("stable") >= 45
    assert counted(random.lognormal(1.0, size=500), there).change(2_000) == "changed"


def test_outside_is_the_share_beyond_the_normal_range() -> None:
    there = quantiles(np.arange(100.0))
    assert counted(np.arange(100.0), there).outside == pytest.approx(0.1, abs=0.02)
    assert counted(np.full(10, 1e6), there).outside == 1


def test_even_p_values_hold_and_small_ones_do_not() -> None:
    even, small = PValueCounts(0.01), PValueCounts(0.01)
    even.add((np.arange(1_000) + 1) / 1_000)
    small.add((np.arange(1_000) + 1) / 10_000)
    assert even.distance == pytest.approx(0, abs=1e-9)
    assert even.flagged == pytest.approx(0.01)
    assert small.distance == pytest.approx(0.9)
    assert small.flagged == pytest.approx(0.1)


def test_large_p_values_are_no_drift() -> None:
    counts = PValueCounts(0.01)
    counts.add(np.full(100, 1.0))
    assert counts.distance == 0
    assert counts.flagged == 0
