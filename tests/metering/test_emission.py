"""Columns of rows against their slow twin, and the memory that batches lie in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch
from netad_pcap.metering.emission import emit
from netad_pcap.metering.packets import PACKET
from netad_pcap.metering.row_columns import BATCH_ROWS, batch_of, new_columns
from netad_pcap.metering.rules import PROFILES, RULES
from netad_pcap.metering.table import FlowTable
from tests.metering.test_kernel import as_records, packet_lists
from tests.naive import metering as naive
from tests.naive.emission import flow_batch


def assert_equal(batch: FlowBatch, expected: FlowBatch) -> None:
    for group in ("identity", "features", "connection"):
        columns, wanted = getattr(batch, group), getattr(expected, group)
        assert list(columns) == list(wanted)
        for name, column in columns.items():
            assert column.dtype == wanted[name].dtype, name
            np.testing.assert_array_equal(column, wanted[name], err_msg=name)


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("profile", PROFILES)
@settings(deadline=None, max_examples=60)
@given(packets=packet_lists())
def test_row_by_row_equals_column_by_column(
    profile: str, strict: bool, packets: list[naive.Packet]
) -> None:
    table = FlowTable(profile, strict=strict)
    table.feed(as_records(packets))
    arrays = table._in
    ended = arrays.done[: int(arrays.counters["done"][0])]
    rows = np.concatenate([ended, arrays.slots["flow"][arrays.slots["flow"] >= 0]])
    columns = new_columns(profile)
    columns.view(np.uint8)[:] = 0  # also what lies in front of the rows
    rules = RULES[profile]
    emit(arrays.flows, arrays.ways, arrays.bulks, arrays.periods, rows, rules, strict, columns, 7)
    batch = batch_of(columns, 7 + len(rows), profile=profile, captures=()).take(slice(7, None))
    expected = flow_batch(
        arrays.flows[rows],
        (arrays.ways[2 * rows], arrays.ways[2 * rows + 1]),
        (arrays.bulks[2 * rows], arrays.bulks[2 * rows + 1]),
        arrays.periods[rows],
        profile,
        strict=strict,
        captures=(),
    )
    assert_equal(batch, expected)


def pings(first: int, count: int) -> NDArray[Any]:
    """One packet of each of so many pairs of hosts."""
    packets = np.zeros(count, PACKET)
    packets["frame"] = packets["src_low"] = np.arange(first, first + count)
    packets["protocol"], packets["ip_version"], packets["tag"] = 1, 4, -1
    return packets


def test_a_batch_is_full_or_the_last_one() -> None:
    table = FlowTable("cic-fixed")
    table.feed(pings(1, 2 * BATCH_ROWS + 5))
    assert [len(batch) for batch in table.finish()] == [BATCH_ROWS, BATCH_ROWS, 5]


def test_columns_stay_what_they_are_while_anybody_holds_them() -> None:
    """Memory is used again, but not that of a column that is still seen."""
    table = FlowTable("cic-fixed")
    kept = []
    for first in range(1, 6 * BATCH_ROWS, BATCH_ROWS):
        table.feed(pings(first, BATCH_ROWS))
        (batch,) = table.finish()
        kept.append(batch.identity["first_frame"][::1000])
        del batch
    frames = np.concatenate(kept)
    assert len(np.unique(frames)) == len(frames)
