from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from netad_detectors import preprocessing
from netad_detectors.preprocessing import Scaling, read_columns

from netad_pcap.flows import FlowBatch

COLUMNS = {"duration": 0, "service": 3, "rate": 0}


def batch(**columns: list[float]) -> FlowBatch:
    return FlowBatch(None, {name: np.array(values) for name, values in columns.items()})


TAUGHT = batch(duration=[0.0, np.e - 1, np.inf], service=[0, 2, 2], rate=[1.0, 1.0, 1.0])


def fitted(kind: str) -> Scaling:
    return Scaling.fit(TAUGHT, np.ones(3), COLUMNS, kind)


def test_symbols_become_cells_behind_the_numbers() -> None:
    matrix = fitted("standard")(TAUGHT)
    assert matrix.shape == (3, 16)
    np.testing.assert_array_equal(matrix[:, 2:5], [[1, 0, 0], [0, 0, 1], [0, 0, 1]])
    assert not matrix[:, 5:].any()


def test_a_symbol_never_named_is_no_cell() -> None:
    strange = batch(duration=[0.0], service=[7.0], rate=[1.0])
    assert not fitted("standard")(strange)[0, 2:].any()


def test_range_is_0_to_1_of_logarithms_and_a_little_beyond() -> None:
    np.testing.assert_allclose(fitted("range")(TAUGHT)[:, 0], [0, 1, 0], atol=1e-7)
    beyond = batch(duration=[1e9], service=[0.0], rate=[1.0])
    assert fitted("range")(beyond)[0, 0] == 2.0


def test_raw_leaves_numbers_and_codes_as_they_are() -> None:
    np.testing.assert_array_equal(
        fitted("raw")(TAUGHT), np.array([[0, 0, 1], [np.e - 1, 2, 1], [0, 2, 1]], np.float32)
    )


@pytest.mark.parametrize("kind", ["standard", "range", "raw"])
def test_saved_is_loaded(kind: str) -> None:
    scaling = fitted(kind)
    loaded = Scaling.from_arrays(scaling.to_arrays(), COLUMNS, kind)
    np.testing.assert_array_equal(loaded(TAUGHT), scaling(TAUGHT))


def test_parts_of_cells_are_summed_by_column() -> None:
    parts = fitted("standard").by_column(np.arange(10.0).reshape(2, 5))
    assert {name: part.tolist() for name, part in parts.items()} == {
        "duration": [0, 5],
        "rate": [1, 6],
        "service": [2 + 3 + 4, 7 + 8 + 9],
    }


def test_columns_are_the_profiles_or_those_given() -> None:
    assert set(read_columns(None, "cic-2018").values()) == {0}
    assert read_columns(COLUMNS, "cic-fixed") == COLUMNS
    assert read_columns(None, "kdd")["service"] > read_columns(None, "kdd")["duration"] == 0
    for wrong in ({}, {"a": -1}, {"a": 10**6}):
        with pytest.raises(ValueError, match="symbols"):
            read_columns(wrong, "cic-fixed")
    with pytest.raises(ValueError, match="no scaling"):
        fitted("square")


@pytest.mark.parametrize("kind", ["standard", "range", "raw"])
def test_cells_of_values_are_those_of_a_flow_that_has_them(kind: str) -> None:
    scaling = fitted(kind)
    cells = scaling.cells_of({"duration": 2.0, "service": 2.0, "rate": 1.0})
    flow = scaling(batch(duration=[2.0], service=[2.0], rate=[1.0]))
    np.testing.assert_array_equal(cells, flow[0, : scaling.cells])


def test_cells_of_a_column_without_a_value_are_average() -> None:
    assert not fitted("standard").cells_of({"rate": 1.0}).any()


def test_what_was_read_of_a_batch_depends_on_no_other_reading() -> None:
    scalings = [Scaling.fit(TAUGHT, np.ones(3), columns, kind)
                for columns in ({"duration": 0, "rate": 0}, {"rate": 0, "duration": 0}, COLUMNS)
                for kind in ("standard", "range")]  # fmt: skip
    batches = [batch(duration=[float(i), -3.0], service=[1, 2], rate=[7.0, i]) for i in range(9)]
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda pair: pair[0](pair[1]), [(s, b) for b in batches
                                                             for s in scalings]))  # fmt: skip
    alone = [s(b.take(slice(None))) for b in batches for s in scalings]
    for found, expected in zip(told, alone, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_logarithms_are_computed_once_for_all_that_score_a_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    numbers = {"duration": 0, "rate": 0}
    scalings = [Scaling.fit(TAUGHT, np.ones(3), numbers, kind) for kind in ("standard", "range")]
    flows = batch(duration=[5.0], rate=[2.0])
    expected = [scaling(flows.take(slice(None))) for scaling in scalings]
    finite, read = preprocessing._finite, []

    def counted(given: FlowBatch, names: tuple[str, ...]) -> Any:
        read.append(given)
        return finite(given, names)

    monkeypatch.setattr(preprocessing, "_finite", counted)
    for scaling, cells in zip(scalings, expected, strict=True):
        np.testing.assert_array_equal(scaling(flows), cells)
    assert read == [flows]


def test_logarithms_of_long_lived_batches_are_not_all_kept() -> None:
    """Captures are kept while detectors learn from them: their logarithms are as large again."""
    batches = [batch(duration=[float(i)], service=[0.0], rate=[1.0]) for i in range(20)]
    for flows in batches:
        fitted("standard")(flows)
    assert 1 <= len(preprocessing._LATELY) <= 4
    del batches, flows
    assert len(preprocessing._LATELY) <= 1  # `TAUGHT`
