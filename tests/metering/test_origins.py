"""Two profiles in lockstep: which flow of the first a row of the second begins in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.metering.table import FlowTable
from tests.metering.test_kernel import as_records, packet_lists
from tests.naive import metering as naive

PACKET = naive.Packet(time=0, frame=1, src=1, dst=2, src_port=5, dst_port=53, protocol=17)
PAIRS = [("cic-fixed", "cic-2018"), ("cic-2018", "cic-fixed"), ("cic-fixed", "cic-v4")]


def in_lockstep(
    packets: NDArray[Any], profiles: tuple[str, str], cuts: tuple[int, ...] = ()
) -> tuple[FlowBatch, FlowBatch]:
    """Rows of both tables, which got the packets in pieces; origins count from 0."""
    tables = [FlowTable(profile, origins=True) for profile in profiles]
    rows: list[list[FlowBatch]] = [[], []]
    begun = 0
    for piece in np.split(packets, sorted(cuts)):
        origins = np.arange(begun, begun + len(piece))
        begun += len(piece)
        for table, batches in zip(tables, rows, strict=True):
            table.feed(piece, 0, origins)
            batches += table.take_rows(at_least=1)
    for table, batches in zip(tables, rows, strict=True):
        batches += table.finish()
    return concatenate(rows[0]), concatenate(rows[1])


def naive_flows(packets: list[naive.Packet], profile: str) -> list[naive.Flow]:
    meter = naive.Meter(profile, strict=False)
    for packet in packets:
        meter.feed(packet)
    return meter.finish()


@pytest.mark.parametrize("profiles", PAIRS)
@settings(deadline=None, max_examples=100)
@given(packets=packet_lists())
def test_origin_is_where_the_flow_of_the_first_packet_begins(
    profiles: tuple[str, str], packets: list[naive.Packet]
) -> None:
    position = {packet.frame: place for place, packet in enumerate(packets)}
    first_of = {
        packet.frame: flow.packets[0][0].frame
        for flow in naive_flows(packets, profiles[0])
        for packet, _ in flow.packets
    }
    expected = [
        position[first_of[flow.packets[0][0].frame]] for flow in naive_flows(packets, profiles[1])
    ]
    judged, rows = in_lockstep(as_records(packets), profiles)
    assert rows.identity["origin"].tolist() == expected
    own = [position[frame] for frame in judged.identity["first_frame"].tolist()]
    assert judged.identity["origin"].tolist() == own


@pytest.mark.parametrize("profiles", PAIRS)
@settings(deadline=None, max_examples=60)
@given(packets=packet_lists(), cuts=st.lists(st.integers(0, 60), max_size=5))
def test_cutting_the_input_anywhere_gives_the_same_origins(
    profiles: tuple[str, str], packets: list[naive.Packet], cuts: list[int]
) -> None:
    records = as_records(packets)
    for whole, pieces in zip(
        in_lockstep(records, profiles), in_lockstep(records, profiles, tuple(cuts)), strict=True
    ):
        for name, column in whole.identity.items():
            np.testing.assert_array_equal(column, pieces.identity[name], err_msg=name)


def test_origin_outlasts_growth_of_the_table() -> None:
    n = 20_000
    packets = as_records([PACKET])[np.zeros(2 * n, "i8")]
    packets["frame"] = np.arange(1, 2 * n + 1)
    packets["src_low"] = 10 + np.tile(np.arange(n), 2)
    judged, rows = in_lockstep(packets, ("cic-fixed", "cic-2018"), cuts=(5_000, 30_001))
    assert sorted(judged.identity["origin"].tolist()) == list(range(n))
    np.testing.assert_array_equal(rows.identity["origin"], rows.identity["first_frame"] - 1)


def test_open_rows_have_no_origin() -> None:
    packets = as_records([PACKET] * 3)
    packets["time_us"] = [0, 1_500_000, 3_500_000]
    packets["frame"] = [1, 2, 3]
    table = FlowTable("cic-fixed", origins=True, open_flows=True)
    table.feed(packets, 0, np.arange(7, 10))
    rows = concatenate([*table.take_rows(at_least=1), *table.finish()])
    assert rows.identity["open"].tolist() == [True, True, False]
    assert rows.identity["origin"].tolist() == [-1, -1, 7]


def test_flows_that_the_first_profile_does_not_meter_have_no_origin() -> None:
    packets = as_records([PACKET])
    table = FlowTable("cic-2018", origins=True)
    table.feed(packets, 0, np.array([-1]))
    (batch,) = table.finish()
    assert batch.identity["origin"].tolist() == [-1]
