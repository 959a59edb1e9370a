"""Context columns: the naive twin, cutting anywhere, open flows, and memory under a flood."""

from __future__ import annotations

import itertools
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netad_pcap.context.counters import ContextCounters
from netad_pcap.errors import UsageError
from netad_pcap.flows import FlowBatch, concatenate
from netad_pcap.metering.meter import meter
from netad_pcap.metering.states import END_REASONS, STATES
from netad_pcap.schema import CONTEXT
from netad_pcap.testing import make_flows
from tests.cli.captures import udp
from tests.naive.context import NaiveContext, Row

COLUMNS = tuple(CONTEXT)
SECOND = 1_000_000


def _batch(rows: list[Row]) -> FlowBatch:
    def address(hosts: list[int]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        found = np.zeros((len(hosts), 16), np.uint8)
        found[:, 15] = hosts
        return found

    n = len(rows)
    destination = address([row.dst for row in rows])
    destination[[row.group for row in rows], 0] = 0xFF  # multicast
    whole = np.zeros(n, np.int32)
    ended = ["fin" if row.ended else "open" for row in rows]
    return FlowBatch(
        profile="cic-fixed",
        features={
            "Tot Bwd Pkts": np.array([int(row.answered) for row in rows]),
            "TotLen Fwd Pkts": np.array([row.up for row in rows]),
            "TotLen Bwd Pkts": np.array([row.down for row in rows]),
        },
        identity={
            "src_ip": address([row.src for row in rows]),
            "dst_ip": destination,
            "dst_port": np.array([row.port for row in rows], np.int32),
            "protocol": np.full(n, 6, np.int32),
            "start_us": np.array([row.start_us for row in rows], np.int64),
            "end_us": np.array([row.end_us for row in rows], np.int64),
            "first_frame": np.array([row.flow for row in rows], np.int64),
            "last_frame": np.array([row.packet for row in rows], np.int64),
            "capture": whole,
            "last_capture": whole,
            "open": np.array([row.open for row in rows], np.bool_),
        },
        connection={
            "state": np.array([STATES.index(row.state) for row in rows], np.uint8),
            "end_reason": np.array([END_REASONS.index(name) for name in ended], np.uint8),
            "dns_zone": np.array([row.zone for row in rows], np.uint32),
            "dns_name": np.array([row.name for row in rows], np.uint32),
            "dns_questions": np.array([row.questions for row in rows], np.int32),
            "dns_names": np.array([row.names for row in rows], np.int32),
            "dns_name_bytes": np.array([row.name_bytes for row in rows], np.int64),
        },
        captures=("c",),
    )


@st.composite
def _told(draw: st.DrawFn) -> list[Row]:
    """Rows of flows that are told open some times, with news or at last without, then leave."""
    rows: list[Row] = []
    clock = 0
    live: dict[int, Row] = {}
    for number in range(1, draw(st.integers(1, 30))):
        clock += draw(st.sampled_from([0, 1_000, SECOND, 40 * SECOND, 4_000 * SECOND]))
        again = draw(st.sampled_from([0, *live])) if live else 0
        before = live.pop(again, None)
        news = before is None or draw(st.booleans())
        ends = draw(st.booleans())
        if before is not None and not news:
            rows.append(replace(before, open=False, ended=ends))
            continue
        flow = number if before is None else before.flow
        dst = draw(st.integers(1, 4)) if before is None else before.dst
        asks = draw(st.integers(0, 3))
        zone, name = (draw(st.integers(1, 2)), draw(st.integers(1, 4))) if asks else (0, 0)
        if before is not None and not asks:
            zone, name = before.zone, before.name
        questions = asks + (before.questions if before else 0)
        row = Row(
            flow=flow,
            packet=number,
            src=draw(st.integers(1, 3)) if before is None else before.src,
            dst=dst,
            port=draw(st.sampled_from([80, 443])) if before is None else before.port,
            start_us=clock if before is None else before.start_us,
            end_us=clock - draw(st.sampled_from([0, 0, 500])),
            up=draw(st.sampled_from([0.0, 100.0, 104.0, 5e9])),
            down=draw(st.sampled_from([0.0, 700.0])),
            answered=draw(st.booleans()),
            state=draw(st.sampled_from(["S0", "SF", "REJ", "RSTO"])),
            open=not ends,
            ended=ends,
            group=dst == 4,
            zone=zone,
            name=name,
            questions=questions,
            names=(before.names if before else 0) + draw(st.integers(min(asks, 1), max(asks, 1)))
            if asks
            else (before.names if before else 0),
            name_bytes=(before.name_bytes if before else 0) + asks * draw(st.integers(1, 60)),
        )
        if not ends:
            live[flow] = row
        rows.append(row)
    return rows


@settings(deadline=None)
@given(rows=_told(), cuts=st.lists(st.integers(0, 30), max_size=4))
def test_context_equals_its_twin_however_the_rows_are_cut(rows: list[Row], cuts: list[int]) -> None:
    naive = NaiveContext()
    told = [naive.tell(row) for row in rows]
    expected = [context for context, row in zip(told, rows, strict=True) if not row.open]
    counters = ContextCounters(COLUMNS, most_entities=64)
    edges = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    parts = [counters.attach(_batch(rows[a:b])) for a, b in itertools.pairwise(edges)]
    for name in COLUMNS:
        found = np.concatenate([part.context[name] for part in parts])
        wanted = [context[name] for context in expected]
        # Squares of logarithms are subtracted from each other: six digits are left.
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=2e-3, err_msg=name)


def _capture(samples: Path, name: str, *, open_flows: bool = True) -> FlowBatch:
    return concatenate(
        meter(samples / name, profile="cic-fixed", meter="native", open_flows=open_flows)
    )


def test_pieces_equal_the_whole_to_the_bit(samples: Path) -> None:
    flows = _capture(samples, "port_scan.pcap")
    whole = ContextCounters(COLUMNS).attach(flows)
    pieces = ContextCounters(COLUMNS)
    parts = [pieces.attach(flows.take(slice(a, a + 7))) for a in range(0, len(flows), 7)]
    cut = concatenate(part for part in parts if len(part))
    assert not whole.identity["open"].any()
    for name in COLUMNS:
        np.testing.assert_array_equal(cut.context[name], whole.context[name])


def test_a_row_that_leaves_late_has_the_context_of_its_last_packet() -> None:
    """Silence behind the last packet, then other traffic: what an idle flow is told stays."""
    idle = Row(1, 1, 1, 2, 80, 0, 0, 5.0, 5.0, True, "S1", True, False)
    others = [
        Row(10 + i, 10 + i, 1, 2, 80, i * SECOND, i * SECOND, 5.0, 5.0, True, "SF", False, True)
        for i in range(1, 100)
    ]
    gone = replace(idle, open=False, ended=True)
    counters = ContextCounters(("source_flows_60s",))
    counters.attach(_batch([idle]))
    assert counters.attach(_batch([*others, gone])).context["source_flows_60s"][-1] == 1.0


@pytest.mark.parametrize(
    "name", ["port_scan.pcap", "password_attack.pcap", "syn_flood.pcap", "slow_dos.pcap"]
)
def test_whether_rows_leave_idle_or_at_the_end_changes_nothing(
    name: str, samples: Path, tmp_path: Path
) -> None:
    """A packet of other hosts two minutes behind the end: rows leave before it, alike."""
    data = (samples / name).read_bytes()
    end_s = int(_capture(samples, name).identity["end_us"].max()) // SECOND
    frame = udp("203.0.113.1", "203.0.113.2", 9, 9)
    late = struct.pack("<IIII", end_s + 200, 0, len(frame), len(frame)) + frame
    (tmp_path / name).write_bytes(data + late)
    context = []
    for folder in (samples, tmp_path):
        flows = ContextCounters(COLUMNS).attach(_capture(folder, name))
        order = np.argsort(flows.identity["first_frame"])
        context.append(flows.take(order))
    n = len(context[0])
    assert len(context[1]) == n + 1
    for column in COLUMNS:
        np.testing.assert_array_equal(context[0].context[column], context[1].context[column][:n])


def test_a_scan_of_open_flows_is_counted_while_it_runs() -> None:
    """254 hosts in a second, none has answered, none is over."""
    scan = [
        Row(i, i, 1, i, 445, 0, 1_000 + i, 0, 0, False, "S0", True, False) for i in range(2, 256)
    ]
    last = Row(999, 999, 1, 255, 445, 0, 2_000, 0, 0, False, "S0", False, True)
    context = ContextCounters(COLUMNS).attach(_batch([*scan, last])).context
    assert context["source_partners_2s"][0] == pytest.approx(254, abs=0.5)
    assert context["source_unanswered_60s"][0] == pytest.approx(255, abs=0.5)
    assert context["source_open"].tolist() == [254.0]
    assert context["source_unanswered_share_60s"][0] == pytest.approx(1.0)


def test_a_group_neither_refuses_by_silence_nor_has_ports() -> None:
    """Discovery: bursts to everyone, to another port each."""
    cries = [
        Row(i, i, 1, 2, 5_000 + i, i * SECOND, i * SECOND, 73, 0, False, "S0", False, True,
            group=True)
        for i in range(50)
    ]  # fmt: skip
    context = ContextCounters(COLUMNS).attach(_batch(cries)).context
    assert not context["source_unanswered_60s"].any()
    assert not context["source_unanswered_share_60s"].any()
    assert context["source_services_60s"].max() <= 1
    asked = ContextCounters(COLUMNS).attach(_batch([replace(r, group=False) for r in cries]))
    assert asked.context["source_unanswered_share_60s"].min() == 1
    assert asked.context["source_services_60s"].max() > 20


def test_an_answer_takes_the_unanswered_flow_back() -> None:
    asked = Row(1, 1, 1, 2, 80, 0, 0, 0, 0, False, "S0", True, False)
    answered = replace(asked, packet=2, end_us=3 * SECOND, answered=True, state="SF", open=False,
                       ended=True)  # fmt: skip
    context = ContextCounters(COLUMNS).attach(_batch([asked, answered])).context
    assert context["source_unanswered_60s"].tolist() == [0.0]
    assert context["source_flows_60s"][0] == pytest.approx(np.exp(-3 / 60))


def test_a_million_sources_take_no_more_memory_than_those_remembered() -> None:
    flows = make_flows(50_000, 3)
    flows.connection["end_reason"][:] = 1
    counters = ContextCounters(COLUMNS, most_entities=256)
    size = counters._entities.sums.nbytes
    generator = np.random.default_rng(0)
    for _ in range(20):
        flows.identity["src_ip"][:] = generator.integers(0, 256, (len(flows), 16))
        context = counters.attach(flows).context
    assert counters._entities.sums.nbytes == size
    assert len(counters._told.key) <= 2 * len(flows)
    assert int(counters._told.state[1]) == 0
    assert context["service_flows_60s"].max() > 1_000
    assert all(np.isfinite(column).all() for column in context.values())


def test_a_flow_whose_entities_were_forgotten_meanwhile_stays_finite() -> None:
    long = Row(1, 1, 1, 2, 80, 0, 0, 10.0, 0, False, "S1", True, False)
    others = [
        Row(i, i, i, i, i, SECOND, SECOND, 5.0, 5.0, True, "SF", False, True) for i in range(3, 60)
    ]
    end = replace(long, packet=90, end_us=2 * SECOND, up=1e12, open=False, ended=True)
    context = ContextCounters(COLUMNS, most_entities=4).attach(_batch([long, *others, end])).context
    for name in COLUMNS:
        assert 0 <= context[name][-1] <= 1.1e12


def test_columns_say_nothing_of_who_and_when(samples: Path) -> None:
    """Other addresses, another day: the same context."""
    flows = _capture(samples, "password_attack.pcap")
    moved = dict(flows.identity)
    for name in ("src_ip", "dst_ip"):
        moved[name] = flows.identity[name] ^ np.uint8(0x55)
    for name in ("start_us", "end_us"):
        moved[name] = flows.identity[name] + 86_400 * 365 * SECOND
    moved["src_port"] = flows.identity["src_port"][::-1].copy()
    here = ContextCounters(COLUMNS).attach(flows).context
    there = ContextCounters(COLUMNS).attach(replace(flows, identity=moved)).context
    for name in COLUMNS:
        np.testing.assert_array_equal(there[name], here[name])


def test_columns_asked_for_are_those_given() -> None:
    flows = make_flows(20)
    asked = ("pair_flows_60s", "service_open")
    assert tuple(ContextCounters(asked).attach(flows).context) == asked
    assert ContextCounters(()).attach(flows) is flows
    assert len(ContextCounters(asked).attach(flows.take(slice(0, 0)))) == 0


def test_flows_without_connection_states_are_refused_by_name() -> None:
    flows = replace(make_flows(3), connection={})
    with pytest.raises(UsageError, match="connection state"):
        ContextCounters(COLUMNS).attach(flows)
