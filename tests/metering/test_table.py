"""The clock of a table goes on without packets: nothing but when rows leave depends on it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.metering.decode import decode_block
from netad_pcap.metering.table import FlowTable
from tests.cli.captures import udp
from tests.metering.made_frames import block

START_US = 1_793_697_127_000_000
SECOND_US = 1_000_000


def packets(*moments: tuple[float, int], first: int = 1) -> NDArray[np.void]:
    """One packet per (second, client's port); the first is frame number `first`."""
    made = block([udp("10.0.0.1", "10.0.0.2", port, 53) for _, port in moments])
    made.time_us[:] = [START_US + round(second * 1e6) for second, _ in moments]
    made.frame[:] += first - 1
    decoded: NDArray[np.void] = decode_block(made, profile="cic-fixed", strict=False).packets
    return decoded


def test_idle_flow_leaves_when_the_clock_says_so() -> None:
    table = FlowTable("cic-fixed")
    table.feed(packets((0, 40_000)))
    table.advance(START_US + 120 * SECOND_US)
    assert table.take_rows(at_least=1) == []
    table.advance(START_US + 121 * SECOND_US)
    (rows,) = table.take_rows(at_least=1)
    assert rows.features["Tot Fwd Pkts"].tolist() == [1]
    assert (table.open_flows, table.second) == (0, START_US // SECOND_US + 121)


def test_clock_before_the_first_packet_means_nothing() -> None:
    table = FlowTable("cic-fixed")
    table.advance(START_US)
    table.feed(packets((-3_600, 40_000), (-3_500, 40_000)))
    (rows,) = table.finish()
    assert rows.features["Tot Fwd Pkts"].tolist() == [2]


def test_stamps_behind_the_clock_are_metered_as_without_it() -> None:
    """The system's clock was set back while the wire was silent."""
    table = FlowTable("cic-fixed")
    table.feed(packets((0, 40_000)))
    table.advance(START_US + 50 * SECOND_US)
    table.feed(packets((10, 40_000), (131, 40_000)))  # 121 s behind the packet, 81 s the clock
    rows = concatenate([*table.take_rows(at_least=1), *table.finish()])
    assert rows.features["Tot Fwd Pkts"].tolist() == [2, 1]


def test_strict_flows_know_no_clock() -> None:
    table = FlowTable("cic-2018", strict=True)
    table.feed(packets((0, 40_000)))
    table.advance(START_US + 3_600 * SECOND_US)
    assert table.open_flows == 1


def test_batch_without_rows_has_the_columns() -> None:
    table = FlowTable("cic-fixed")
    table.feed(packets((0, 40_000)))
    empty, (full,) = table.no_rows(), table.finish()
    assert (len(empty), len(full)) == (0, 1)
    assert empty.features.keys() == full.features.keys()


@given(
    st.lists(st.tuples(st.integers(0, 90), st.sampled_from([40_000, 40_001])), min_size=1),
    st.lists(st.floats(0, 1), max_size=30),
)
def test_ticks_change_no_row(steps: list[tuple[int, int]], ticks: list[float]) -> None:
    moments, now = [], 0
    for pause, port in steps:
        now += pause
        moments.append((float(now), port))
    plain, ticking = FlowTable("cic-fixed"), FlowTable("cic-fixed")
    rows: list[FlowBatch] = []
    for i, moment in enumerate(moments):
        plain.feed(packets(moment, first=i + 1))
        ticking.feed(packets(moment, first=i + 1))
        upcoming = moments[i + 1][0] if i + 1 < len(moments) else moment[0]
        for share in sorted(ticks):
            ticking.advance(START_US + round(1e6 * (moment[0] + share * (upcoming - moment[0]))))
            rows += ticking.take_rows(at_least=1)
    expected = concatenate([*plain.take_rows(at_least=1), *plain.finish()])
    found = concatenate([*rows, *ticking.finish()])
    for group in ("identity", "features", "connection"):
        for name, column in getattr(expected, group).items():
            assert np.array_equal(column, getattr(found, group)[name], equal_nan=True), name


def test_time_far_ahead_ends_all() -> None:
    table = FlowTable("cic-fixed")
    table.feed(packets(*((i / 1000, 40_000 + i) for i in range(300))))
    table.advance(START_US + 400_000 * SECOND_US)
    (rows,) = table.take_rows(at_least=1)
    assert len(rows) == 300
    assert table.open_flows == 0
    assert table.finish() == []
