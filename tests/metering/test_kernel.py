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
from netad_pcap.metering.packets import PACKET
from netad_pcap.metering.rules import PROFILES
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
    assert table.capacity <= 8_192


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
