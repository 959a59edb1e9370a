"""Context of tables against that of the meter, which sees open flows."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.table_context import agreement
from netad_pcap.capture.tables import open_flow_table
from netad_pcap.context import ContextCounters
from netad_pcap.context.replay import context_of
from netad_pcap.context.tables import rows_with_context
from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.metering.meter import meter
from netad_pcap.metering.states import END_REASONS
from netad_pcap.report import open_flow_table as new_table
from netad_pcap.schema import CONTEXT
from netad_pcap.testing import make_flows
from tests.cli.captures import START, pcap, udp

COLUMNS = tuple(CONTEXT)
SECOND = 1_000_000


def _capture(path: Path, packets: list[tuple[int, bytes]]) -> Path:
    """Packets with their times in µs behind `START`, in order."""
    records = [
        struct.pack("<IIII", START + us // SECOND, us % SECOND, len(frame), len(frame)) + frame
        for us, frame in sorted(packets, key=lambda packet: packet[0])
    ]
    path.write_bytes(pcap([]) + b"".join(records))
    return path


def _metered(capture: Path) -> FlowBatch:
    counters = ContextCounters(COLUMNS)
    batches = [
        counters.attach(batch)
        for batch in meter(capture, profile="cic-fixed", meter="native", open_flows=True)
    ]
    return concatenate(batch for batch in batches if len(batch))


def _as_table(flows: FlowBatch, path: Path) -> FlowBatch:
    with new_table(path, "cic-fixed") as table:
        table.write(flows)
    return concatenate(rows_with_context(open_flow_table(path), COLUMNS))


@settings(max_examples=40)
# Silent for the time-out to the second when the capture ends.
@example(flows=[(0, 0, 1, 4, 53, 0), (280, 0, 1, 4, 53, 0), (400, 0, 1, 4, 53, 0)])
@given(
    flows=st.lists(
        st.tuples(
            st.integers(0, 400),  # second in which it begins
            st.integers(0, 899_999),  # µs within
            st.integers(1, 3),  # source
            st.integers(4, 6),  # destination
            st.sampled_from([53, 443]),
            st.integers(0, 3),  # answers
        ),
        min_size=1,
        max_size=40,
        unique_by=lambda flow: flow[:2],
    )
)
def test_flows_within_a_second_have_the_context_that_the_meter_gives(
    flows: list[tuple[int, int, int, int, int, int]],
) -> None:
    """What a table does not tell, how a flow came to be what it was, is nothing here."""
    packets = []
    for number, (second, us, source, target, port, answers) in enumerate(flows):
        ends, ports = (f"10.0.0.{source}", f"10.0.0.{target}"), (20_000 + number, port)
        packets.append((second * SECOND + us, udp(*ends, *ports)))
        packets += [
            (second * SECOND + us + 20_000 * (k + 1) + number, udp(*ends[::-1], *ports[::-1]))
            for k in range(answers)
        ]
    with TemporaryDirectory() as folder:
        expected = _metered(_capture(Path(folder) / "c.pcap", packets))
        found = _as_table(expected, Path(folder) / "t.csv")
    for name in COLUMNS:
        np.testing.assert_allclose(
            found.context[name], expected.context[name], rtol=1e-4, atol=2e-3, err_msg=name
        )


@pytest.mark.parametrize(
    "name",
    ["port_scan", "syn_flood", "password_attack", "slow_dos", "browsing_dns", "beacon_jitter",
     "dns_tunnel", "lateral_movement", "web_attack", "iot_site"],
)  # fmt: skip
@pytest.mark.parametrize("profile", ["cic-fixed", "cic-fixed-2022"])
def test_nine_of_ten_values_are_within_a_tenth(
    samples: Path, tmp_path: Path, name: str, profile: str
) -> None:
    found = agreement(samples / f"{name}.pcap", profile, tmp_path)
    assert found is not None
    assert found.near.mean() > 0.9


@pytest.mark.parametrize("name", ["port_scan", "syn_flood", "slow_dos"])
def test_open_flows_are_known_from_times(samples: Path, tmp_path: Path, name: str) -> None:
    found = agreement(samples / f"{name}.pcap", "cic-fixed", tmp_path)
    assert found is not None
    places = [place for place, column in enumerate(COLUMNS) if column.endswith("_open")]
    assert len(places) == 4
    assert found.metered[places].max() > 10
    assert found.equal[places].min() > 0.9


def _flows(n: int, seed: int) -> FlowBatch:
    """Flows of a few hosts within minutes, no two at one time, as a table tells them."""
    flows = make_flows(n, seed)
    generator = np.random.default_rng(seed)
    start = generator.permutation(n * 7)[:n].astype(np.int64) * 100_003
    length = (generator.pareto(0.5, n) * SECOND).astype(np.int64) % (120 * SECOND)
    identity = {
        name: flows.identity[name]
        for name in ("src_ip", "dst_ip", "src_port", "dst_port", "protocol")
    }
    idle = np.full(n, END_REASONS.index("idle"), np.uint8)
    return FlowBatch(
        flows.profile,
        flows.features,
        {**identity, "start_us": start, "end_us": start + length},
        {"state": np.zeros(n, np.uint8), "end_reason": idle},
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    flows = _flows(500, seed)
    shuffled = np.random.default_rng(seed).permutation(500)
    whole = context_of(flows, COLUMNS)
    np.testing.assert_array_equal(context_of(flows.take(shuffled), COLUMNS), whole[shuffled])
    assert whole.std(axis=0).min() >= 0
    assert (whole.std(axis=0) > 0).sum() > 40


def test_flows_of_the_same_times_count_in_the_order_of_their_rows() -> None:
    """Those that a reset ended: others are told open before any of them leaves."""
    flows = _flows(1, 0).take(np.zeros(5, np.intp))
    ended = np.full(5, END_REASONS.index("rst"), np.uint8)
    flows = replace(flows, connection={**flows.connection, "end_reason": ended})
    flows = replace(flows, identity={**flows.identity, "end_us": flows.identity["start_us"]})
    count = context_of(flows, ("source_flows_60s",))[:, 0]
    assert (np.diff(count) > 0).all()


def test_what_comes_later_changes_nothing() -> None:
    flows = _flows(500, 9)
    order = np.argsort(flows.identity["end_us"], kind="stable")
    flows = flows.take(order)
    early = np.flatnonzero(flows.identity["end_us"] < flows.identity["start_us"][400] - 2 * SECOND)
    begun = flows.identity["start_us"] < flows.identity["end_us"][early].max() + 2 * SECOND
    some = np.flatnonzero(begun)
    np.testing.assert_array_equal(
        context_of(flows.take(some), COLUMNS)[: len(early)], context_of(flows, COLUMNS)[early]
    )


def test_stamps_of_any_year_are_counted_without_harm() -> None:
    """A row dated 1970, one far ahead, one that ends before it began."""
    flows = _flows(60, 3)
    usual = context_of(flows.take(slice(3, None)), COLUMNS)
    start, end = flows.identity["start_us"], flows.identity["end_us"]
    start[:3] = (0, np.iinfo(np.int64).max - 5, np.iinfo(np.int64).min + 5)
    end[:3] = (-90 * SECOND, np.iinfo(np.int64).max, np.iinfo(np.int64).min + 6)
    found = context_of(flows, COLUMNS)
    assert np.isfinite(found).all()
    rate = COLUMNS.index("source_flows_2s")
    assert np.abs(found[3:, rate] - usual[:, rate]).max() < 0.01


def test_without_source_ports_flows_are_open_until_they_are_idle() -> None:
    flows = _flows(2, 1)
    for name in ("src_ip", "dst_ip", "src_port", "dst_port", "protocol"):
        flows.identity[name][1] = flows.identity[name][0]
    flows.identity["start_us"][:] = (0, 60 * SECOND)
    flows.identity["end_us"][:] = (SECOND // 2, 60 * SECOND)
    place = COLUMNS.index("source_open")
    known = context_of(flows, COLUMNS)[1, place]
    del flows.identity["src_port"]  # type: ignore[attr-defined]
    assert (known, context_of(flows, COLUMNS)[1, place]) == (1.0, 2.0)
