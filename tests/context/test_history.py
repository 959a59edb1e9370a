"""The last flows of the same source: the naive twin, and cutting anywhere."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from netad_pcap.context.history import FlowHistory
from netad_pcap.errors import UsageError
from netad_pcap.flows import FlowBatch
from tests.naive.history import histories


def _batch(source: list[int], end_us: list[int], first: int = 0) -> FlowBatch:
    address = np.zeros((len(source), 16), np.uint8)
    address[:, 15] = source
    n = len(source)
    return FlowBatch(
        profile="cic-fixed",
        features={"Number": np.arange(first, first + n), "Other": np.ones(n)},
        identity={"src_ip": address, "end_us": np.array(end_us, np.int64)},
        text={"label": np.full(n, "x", object)},
        captures=("c",),
    )


def _numbers(flows: FlowBatch) -> list[list[int]]:
    """Histories of the own rows as numbers of the whole stream."""
    assert flows.history is not None
    number: NDArray[Any] = flows.column("Number")
    return [
        [int(number[i]) for i in line if i >= 0] for line in flows.history[flows.carried :].tolist()
    ]


@given(
    rows=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 40)), max_size=60),
    cuts=st.lists(st.integers(0, 60), max_size=6),
    length=st.integers(1, 5),
    sources=st.integers(1, 7),
    horizon=st.integers(0, 45),
)
def test_history_equals_its_twin_however_the_rows_are_cut(
    rows: list[tuple[int, int]], cuts: list[int], length: int, sources: int, horizon: int
) -> None:
    source = [s for s, _ in rows]
    end_us = [t for _, t in rows]
    expected = histories(
        [bytes([s]) for s in source], end_us, length, sources=sources, horizon_us=horizon
    )
    past = FlowHistory(length, ("Number",), sources=sources, horizon_us=horizon)
    found: list[list[int]] = []
    edges = [0, *sorted(min(c, len(rows)) for c in cuts), len(rows)]
    for begin, end in itertools.pairwise(edges):
        attached = past.attach(_batch(source[begin:end], end_us[begin:end], begin))
        assert len(attached) - attached.carried == end - begin
        found += _numbers(attached)
    assert found == expected


def test_the_row_itself_stands_last_and_what_is_missing_is_minus_one() -> None:
    history = FlowHistory(3).attach(_batch([1, 2, 1], [0, 1, 2])).history
    assert history is not None
    assert history.dtype == np.int32
    assert history.tolist() == [[-1, -1, 0], [-1, -1, 1], [-1, 0, 2]]


def test_carried_rows_stand_in_front_with_the_needed_columns_only() -> None:
    past = FlowHistory(3, ("Number",))
    past.attach(_batch([1, 2], [0, 1]))
    flows = past.attach(_batch([1], [2], first=2))
    assert flows.carried == 1
    assert flows.column("Number").tolist() == [0, 2]
    assert flows.column("Other").tolist() == [0.0, 1.0]
    assert flows.text["label"].tolist() == ["", "x"]
    assert flows.history is not None
    assert flows.history.tolist() == [[-1, -1, 0], [-1, 0, 1]]


def test_an_address_of_ipv6_is_told_apart_by_both_halves() -> None:
    flows = _batch([1, 1], [0, 1])
    flows.identity["src_ip"][1, 0] = 0x20
    assert _numbers(FlowHistory(2, ("Number",)).attach(flows)) == [[0], [1]]


def test_flows_without_addresses_are_refused_by_name() -> None:
    flows = FlowBatch(profile=None, features={"Number": np.arange(2)})
    with pytest.raises(UsageError, match="source addresses"):
        FlowHistory(2).attach(flows)


def test_an_empty_batch_stays_empty() -> None:
    assert len(FlowHistory(2).attach(_batch([], []))) == 0


def test_a_flood_of_sources_keeps_no_more_rows_than_its_sources_may_hold() -> None:
    generator = np.random.default_rng(0)
    past = FlowHistory(4, ("Number",), sources=50)
    for first in range(0, 20_000, 500):
        source = generator.integers(0, 256, 500).tolist()
        past.attach(_batch(source, list(range(first, first + 500)), first))
    # 50 sources of 3 rows, and room for one batch.
    assert len(past._pool["features"]["Number"]) <= (50 * 3 + 500) * 3 // 2
