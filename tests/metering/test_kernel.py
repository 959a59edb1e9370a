"""The kernel against its slow twin, and properties of cutting and capture time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.metering.extensions import EXTENSIONS
from netad_pcap.metering.packets import PACKET
from netad_pcap.metering.rules import PROFILES
from netad_pcap.metering.states import END_REASONS
from netad_pcap.metering.table import FlowTable
from tests.naive import metering as naive

ACK = 16
START = 1_600_000_000_123_456
#: Few hosts and ports, so that keys meet; 10.0.0.1 and 200.0.0.1 order differently as signed.
HOSTS = [0xFFFF_0A00_0001, 0xFFFF_C800_0001, 0xFFFF_0A00_0002]
STEPS = st.sampled_from(
    [
        0,
        1,
        7,
        900,
        1_000_000,
        1_000_001,
        4_999_999,
        5_000_001,
        30_000_000,
        119_999_999,
        120_000_000,
        120_000_001,
        250_000_000,
        -1,
        -3_000_000,
    ]
)


@st.composite
def packet_lists(draw: st.DrawFn) -> list[naive.Packet]:
    """Ugly but decodable traffic between three hosts: all flags, gaps and clock steps."""
    packets = []
    time = START
    for frame in range(1, draw(st.integers(1, 60)) + 1):
        time += draw(STEPS)
        protocol = draw(st.sampled_from([6, 6, 6, 17, 1, 0]))
        src, dst = draw(st.sampled_from(HOSTS)), draw(st.sampled_from(HOSTS))
        ports = (0, 0)
        if protocol in (6, 17):
            ports = (draw(st.sampled_from([80, 4000])), draw(st.sampled_from([80, 4000])))
        tcp = protocol == 6
        icmp = protocol == 1
        packets.append(
            naive.Packet(
                time=time,
                frame=frame,
                src=src,
                dst=dst,
                src_port=ports[0],
                dst_port=ports[1],
                protocol=protocol,
                payload=draw(st.sampled_from([0, 0, 1, 100, 1460])),
                header=draw(st.sampled_from([20, 32])) if tcp else 8,
                flags=draw(st.sampled_from([2, 18, 16, 24, 17, 20, 4, 1, 63, 0xC2])) if tcp else 0,
                window=draw(st.sampled_from([0, 512, 65535])) if tcp else 0,
                sequence=draw(st.sampled_from([0, 1, 0xFFFF_FFFF])) if tcp else 0,
                acknowledgment=draw(st.sampled_from([0, 5])) if tcp else 0,
                icmp_type=draw(st.sampled_from([0, 3, 8])) if icmp else -1,
                icmp_code=draw(st.sampled_from([0, 1])) if icmp else -1,
            )
        )
    return packets


def as_records(packets: list[naive.Packet]) -> NDArray[Any]:
    """PACKET rows of naive packets."""
    rows = np.zeros(len(packets), PACKET)
    for row, p in zip(rows, packets, strict=True):
        row["time_us"], row["frame"] = p.time, p.frame
        row["src_low"], row["dst_low"] = p.src, p.dst
        row["src_port"], row["dst_port"], row["protocol"] = p.src_port, p.dst_port, p.protocol
        row["payload"], row["header"], row["flags"] = p.payload, p.header, p.flags
        row["window"], row["sequence"] = p.window, p.sequence
        row["acknowledgment"] = p.acknowledgment
        row["icmp_type"], row["icmp_code"] = p.icmp_type, p.icmp_code
        row["ip_version"], row["tag"] = 4, -1
    return rows


def metered(
    packets: NDArray[Any], profile: str, *, strict: bool, cuts: tuple[int, ...] = ()
) -> FlowBatch | None:
    """All rows of a table that got the packets in pieces, None for none."""
    table = FlowTable(profile, strict=strict)
    batches = []
    for piece in np.split(packets, sorted(cuts)):
        table.feed(piece)
        batches += table.take_rows(at_least=1)
    batches += table.finish()
    return concatenate(batches) if batches else None


def assert_row(flows: FlowBatch, row: int, flow: naive.Flow, profile: str) -> None:
    """One row equals one naive flow, every column of the profile."""
    identity = flows.identity
    low = int.from_bytes(identity["src_ip"][row].tobytes(), "big")
    assert (low, identity["src_port"][row]) == (flow.src, flow.src_port)
    assert identity["start_us"][row] == flow.start
    assert identity["first_frame"][row] == flow.packets[0][0].frame
    assert identity["last_frame"][row] == flow.packets[-1][0].frame
    if (flow.src, flow.src_port) != (flow.dst, flow.dst_port):
        reversed_id = (flow.key[0], flow.key[2]) != (flow.src, flow.src_port)
        assert bool(identity["id_reversed"][row]) == reversed_id
    expected = naive.columns(flow, profile)
    for name, column in flows.features.items():
        value, wanted = float(column[row]), expected[name]
        assert value == pytest.approx(wanted, rel=1e-9, abs=1e-6, nan_ok=True), name


@pytest.mark.parametrize("profile", PROFILES)
@settings(deadline=None, max_examples=150)
@given(packets=packet_lists())
def test_kernel_equals_its_naive_twin_strict(profile: str, packets: list[naive.Packet]) -> None:
    packets = no_self_talk(packets)
    meter = naive.Meter(profile, strict=True)
    for p in packets:
        meter.feed(p)
    expected = meter.finish()
    if profile in ("cic-2018", "cic-v4"):
        expected = [flow for flow in expected if len(flow.packets) > 1]
    flows = metered(as_records(packets), profile, strict=True)
    assert (0 if flows is None else len(flows)) == len(expected)
    if flows is None:
        return
    ended = meter.ended_before
    for row in range(ended):
        assert_row(flows, row, expected[row], profile)
    # Open flows come in the order of a Java hash map: find each by its first frame.
    frames = flows.identity["first_frame"][ended:].tolist()
    for flow in expected[ended:]:
        assert_row(flows, ended + frames.index(flow.packets[0][0].frame), flow, profile)


@pytest.mark.parametrize("profile", PROFILES)
@settings(deadline=None, max_examples=150)
@given(packets=packet_lists())
def test_kernel_equals_its_naive_twin_in_capture_time(
    profile: str, packets: list[naive.Packet]
) -> None:
    meter = naive.Meter(profile, strict=False)
    for p in packets:
        meter.feed(p)
    expected = meter.finish()
    flows = metered(as_records(packets), profile, strict=False)
    assert flows is not None
    assert len(flows) == len(expected)
    for row, flow in enumerate(expected):
        assert_row(flows, row, flow, profile)


@pytest.mark.parametrize("strict", [True, False])
@settings(deadline=None, max_examples=60)
@given(packets=packet_lists(), cuts=st.lists(st.integers(0, 60), max_size=5))
def test_cutting_the_input_anywhere_gives_the_same_flows(
    strict: bool, packets: list[naive.Packet], cuts: list[int]
) -> None:
    records = as_records(packets)
    whole = metered(records, "cic-fixed", strict=strict)
    pieces = metered(records, "cic-fixed", strict=strict, cuts=tuple(cuts))
    assert (whole is None) == (pieces is None)
    if whole is None or pieces is None:
        return
    for name, column in whole.identity.items():
        np.testing.assert_array_equal(column, pieces.identity[name], err_msg=name)
    for name, column in whole.features.items():
        np.testing.assert_array_equal(column, pieces.features[name], err_msg=name)
    for name, column in whole.connection.items():
        np.testing.assert_array_equal(column, pieces.connection[name], err_msg=name)


def fed(table: FlowTable, packets: NDArray[Any], cuts: tuple[int, ...] = ()) -> FlowBatch:
    """All rows of a table, in the order in which it gives them."""
    batches = []
    for piece in np.split(packets, sorted(cuts)):
        table.feed(piece)
        batches += table.take_rows(at_least=1)
    return concatenate([*batches, *table.finish()])


def assert_same_rows(flows: FlowBatch, expected: FlowBatch, *, but: tuple[str, ...] = ()) -> None:
    """Every column of both, without `but`."""
    for group in ("identity", "features", "connection"):
        wanted = getattr(expected, group)
        for name, column in getattr(flows, group).items():
            if name not in but:
                np.testing.assert_array_equal(column, wanted[name], err_msg=name)


@pytest.mark.parametrize("profile", PROFILES)
@settings(deadline=None, max_examples=100)
@given(packets=packet_lists(), cuts=st.lists(st.integers(0, 60), max_size=5))
def test_open_flows_are_told_as_they_stand_at_whole_seconds(
    profile: str, packets: list[naive.Packet], cuts: list[int]
) -> None:
    """What is told at a second is what a capture that ends there would give of the flows that
    changed since the last; the rows that leave are the same as when nobody asks."""
    records = as_records(packets)
    told = fed(FlowTable(profile, open_flows=True), records, tuple(cuts))
    is_open = told.identity["open"]
    assert_same_rows(told.take(~is_open), fed(FlowTable(profile), records))
    clock = np.maximum.accumulate(records["time_us"]) // 1_000_000
    at = 0
    rows = np.flatnonzero(is_open)
    for second in np.unique(clock)[:-1].tolist():
        before = fed(FlowTable(profile), records[clock <= second])
        changed = {
            frame
            for frame in records["frame"][clock == second].tolist()
            if frame in before.identity["last_frame"]
        }
        still_open = before.connection["end_reason"] == END_REASONS.index("open")
        expected = np.flatnonzero(
            still_open & np.isin(before.identity["last_frame"], list(changed))
        )
        here = rows[at : at + len(expected)]
        at += len(expected)
        assert_same_rows(told.take(here), before.take(expected), but=("open",))
    assert at == len(rows)


def test_open_flows_come_behind_the_rows_that_left_by_then() -> None:
    second = 1_000_000
    begin = START // second * second
    packets = [
        naive.Packet(begin, 1, HOSTS[0], HOSTS[1], 4000, 80, 17),
        naive.Packet(begin + 400_000, 2, HOSTS[0], HOSTS[2], 4000, 80, 6, flags=2),
        naive.Packet(begin + 500_000, 3, HOSTS[0], HOSTS[2], 4000, 80, 6, flags=4),
        naive.Packet(begin + 600_000, 4, HOSTS[0], HOSTS[2], 4000, 80, 6, flags=2),
        naive.Packet(begin + 122 * second, 5, HOSTS[1], HOSTS[2], 4000, 80, 17),
    ]
    flows = fed(FlowTable("cic-fixed", open_flows=True), as_records(packets))
    rows = zip(flows.identity["first_frame"].tolist(), flows.identity["open"].tolist(), strict=True)
    assert list(rows) == [(2, False), (1, True), (4, True), (1, False), (4, False), (5, False)]


def test_silent_wire_ends_idle_flows() -> None:
    table = FlowTable("cic-fixed")
    table.advance(START)  # before the first packet there is no capture time
    table.feed(as_records([naive.Packet(START, 1, HOSTS[0], HOSTS[1], 4000, 80, 17)]))
    table.advance(START + 120_000_000)
    assert table.take_rows(at_least=1) == []
    table.advance(START - 1)
    table.advance(START + 121_000_000)
    [flows] = table.take_rows(at_least=1)
    assert flows.connection["end_reason"].tolist() == [END_REASONS.index("idle")]
    assert table.open_flows == 0


@pytest.mark.parametrize("profile", PROFILES)
@settings(deadline=None, max_examples=100)
@given(
    packets=packet_lists(),
    cuts=st.lists(st.integers(0, 60), max_size=5),
    max_flows=st.integers(1, 5),
)
def test_capped_table_marks_all_that_differs(
    profile: str, packets: list[naive.Packet], cuts: list[int], max_flows: int
) -> None:
    records = as_records(packets)
    table = FlowTable(profile, max_flows=max_flows)
    for piece in np.split(records, sorted(cuts)):
        table.feed(piece)
        assert table.open_flows <= max_flows
    flows = concatenate([*table.take_rows(at_least=1), *table.finish()])
    again = fed(FlowTable(profile, max_flows=max_flows), records, tuple(cuts))
    assert_same_rows(again, flows)
    reason = flows.connection["end_reason"]
    assert (reason == END_REASONS.index("evicted")).sum() == table.evicted
    packets_in = flows.features["Tot Fwd Pkts"].sum() + flows.features["Tot Bwd Pkts"].sum()
    assert packets_in + table.discarded == len(records)
    uncapped = fed(FlowTable(profile), records)
    unmarked = flows.take(flows.identity["ext"] & EXTENSIONS["evicted"].bit == 0)
    same = np.isin(uncapped.identity["first_frame"], unmarked.identity["first_frame"])
    # Beside the unmarked rows stand those of the uncapped table that begin with the same packet.
    order = np.argsort(unmarked.identity["first_frame"])
    other = np.argsort(uncapped.identity["first_frame"][same])
    assert_same_rows(unmarked.take(order), uncapped.take(np.flatnonzero(same)[other]))


def test_the_flow_that_is_silent_longest_is_evicted() -> None:
    second = 1_000_000
    packets = [
        naive.Packet(START + i * second, i + 1, HOSTS[0], HOSTS[1], port, 80, 17)
        for i, port in enumerate([1, 2, 3, 1, 4, 2])
    ]
    table = FlowTable("cic-fixed", max_flows=3)
    flows = fed(table, as_records(packets))
    names = [END_REASONS[code] for code in flows.connection["end_reason"]]
    ports = flows.identity["src_port"].tolist()
    # 2 makes room for 4, then 3 for 2, which may be the rest of the first 2: it is marked.
    assert list(zip(ports, names, strict=True)) == [
        (2, "evicted"),
        (3, "evicted"),
        (1, "open"),
        (4, "open"),
        (2, "open"),
    ]
    marked = flows.identity["ext"] & EXTENSIONS["evicted"].bit != 0
    assert marked.tolist() == [True, True, False, False, True]


def test_strict_takes_neither_open_flows_nor_a_cap() -> None:
    with pytest.raises(ValueError, match="under strict"):
        FlowTable("cic-2018", strict=True, open_flows=True)
    with pytest.raises(ValueError, match="under strict"):
        FlowTable("cic-2018", strict=True, max_flows=10)


def no_self_talk(packets: list[naive.Packet]) -> list[naive.Packet]:
    """Without packets between one address: under --strict the twin keeps them simpler."""
    return [p for p in packets if p.src != p.dst]


def test_memory_is_given_back_when_flows_are_over() -> None:
    """300,000 flows one after the other need no more records than two minutes of them."""
    n = 300_000
    packets = np.zeros(n, PACKET)
    packets["time_us"] = START + np.arange(n) * 100_000
    packets["src_low"] = 0xFFFF_0000_0000 + np.arange(n)
    packets["dst_low"] = 0xFFFF_C000_0001
    packets["protocol"], packets["ip_version"] = 17, 4
    packets["icmp_type"] = packets["icmp_code"] = packets["tag"] = -1
    table = FlowTable("cic-fixed")
    rows = 0
    for piece in np.array_split(packets, 300):
        table.feed(piece)
        rows += sum(map(len, table.take_rows(at_least=1)))
        assert table.open_flows <= 1_300
    rows += sum(map(len, table.finish()))
    assert rows == n
    assert table.capacity <= 32_768


def test_segments_are_forgotten_after_256() -> None:
    """A repeat within the last 256 segments counts, a later one does not; --strict counts both."""
    packets = [
        naive.Packet(START + i, i + 1, HOSTS[0], HOSTS[1], 4000, 80, 6, sequence=s, flags=ACK)
        for i, s in enumerate([*range(256), 0, *range(1000, 1256), 0])
    ]
    for strict, expected in ((False, 1), (True, 2)):
        flows = metered(as_records(packets), "cic-fixed", strict=strict)
        assert flows is not None
        assert flows.features["Fwd TCP Retrans. Count"].tolist() == [expected]


def test_columns_of_one_packet_without_strict() -> None:
    """cic-2018 writes one-packet flows outside --strict, marked `one`; rates are not numbers."""
    packets = [naive.Packet(START, 1, HOSTS[0], HOSTS[1], 4000, 80, 6, flags=2)]
    flows = metered(as_records(packets), "cic-2018", strict=False)
    assert flows is not None
    assert flows.identity["ext"].tolist() == [1 << 2]
    assert math.isnan(flows.features["Flow Byts/s"][0])
    assert metered(as_records(packets), "cic-2018", strict=True) is None
