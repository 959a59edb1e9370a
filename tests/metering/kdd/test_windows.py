"""The windows against their slow twin, the published data's invariants, and their speed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netad_pcap.flows import FlowBatch
from netad_pcap.metering.kdd.windows import rate
from netad_pcap.schema import KDD_SYMBOLS
from tests.metering.kdd.packets import ACK, RST, SYN, Frame, echo, meter, tcp, udp
from tests.naive import kdd_windows as naive


def _connections(flows: FlowBatch) -> list[naive.Connection]:
    ids, now = flows.identity, 0
    rows = []
    for i in range(len(flows)):
        now = max(now, int(ids["end_us"][i]))
        rows.append(
            naive.Connection(
                end=now,
                host=int(ids["dst_ip"][i, 15]) + 256 * int(ids["dst_ip"][i, 14]),
                service=int(flows.features["service"][i]),
                flag=KDD_SYMBOLS["flag"][int(flows.features["flag"][i])],
                source_port=int(ids["src_port"][i]),
            )
        )
    return rows


@st.composite
def traffic(draw: st.DrawFn) -> list[Frame]:
    """Few hosts and ports, all ends of connections, floods and silences."""
    frames: list[Frame] = []
    time = 0
    for _ in range(draw(st.integers(1, 40))):
        time += draw(st.sampled_from([0, 1, 300_000, 1_999_999, 2_000_000, 2_000_001, 9_000_000]))
        ends = (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
        ports = (draw(st.integers(1000, 1003)), draw(st.sampled_from([80, 25, 50_000, 9])))
        kind = draw(st.sampled_from(["syn", "refused", "aborted", "udp", "flood"]))
        if kind == "udp":
            frames.append((time, udp(ends, ports, 4)))
            continue
        for k in range(draw(st.sampled_from([300, 700])) if kind == "flood" else 1):
            here = (2000 + k if kind == "flood" else ports[0], ports[1])
            frames.append((time + k * 1_000, tcp(ends, here, SYN)))
            if kind == "refused":
                frames.append((time + 1, tcp(ends[::-1], here[::-1], RST | ACK)))
            if kind == "aborted":
                frames.append((time + 1, tcp(ends, here, RST)))
    return sorted(frames, key=lambda frame: frame[0])


@settings(max_examples=40, deadline=None)
@given(traffic(), st.sampled_from([("kdd", 255), ("kdd-100", 100)]))
def test_windows_equal_their_definitions(frames: list[Frame], kind: tuple[str, int]) -> None:
    profile, last = kind
    flows = meter(frames, profile=profile)
    rows = _connections(flows)
    for i in range(0, len(rows), 1 if len(rows) < 100 else 37):
        expected = naive.columns(rows[:i], rows[i], last)
        assert expected == {name: flows.features[name][i] for name in expected}


def test_rates_are_rounded_as_c_prints_them() -> None:
    for whole in range(1, 512):
        for part in range(whole + 1):
            assert rate(part, whole) == float(f"{part / whole:.2f}")


def test_published_rows_obey_the_same_arithmetic(shared_data: Any) -> None:
    polars = pytest.importorskip("polars")
    path = shared_data / "tables" / "kdd" / "kddcup.data_10_percent.parquet"
    if not path.is_file():
        pytest.skip(f"no table at {path}")
    table = polars.read_parquet(path)
    column = {name: table[name].to_numpy() for name in table.columns}
    s_error = np.isin(column["flag"].astype(str), naive.S_ERRORS)
    r_error = np.isin(column["flag"].astype(str), naive.R_ERRORS)
    alone = column["count"] == 1
    assert (column["serror_rate"][alone] == s_error[alone]).all()
    assert (column["rerror_rate"][alone] == r_error[alone]).all()
    assert column["count"].max() == column["srv_count"].max() == 511
    assert column["dst_host_count"].max() == column["dst_host_srv_count"].max() == 255
    few = (column["count"] <= 60) & (column["count"] > 0)
    several = np.rint(column["diff_srv_rate"] * column["count"])
    same = np.rint(column["same_srv_rate"] * column["count"])
    mixed = few & (column["same_srv_rate"] < 1)
    assert ((several >= 2) & (several <= column["count"] - same + 1))[mixed].all()
    assert (column["diff_srv_rate"][few & (same == column["count"])] == 0).all()
    printed = {float(f"{k / n:.2f}") for n in range(1, 256) for k in range(n + 1)}
    assert set(np.unique(column["dst_host_same_src_port_rate"]).tolist()) <= printed


def test_an_answered_ping_counts_its_type_as_source_port() -> None:
    flows = meter([(k * 1_000, echo((1, 2), 8, 56)) for k in range(4)])
    assert flows.features["dst_host_same_src_port_rate"].tolist() == [1.0] * 4
    assert flows.identity["src_port"].tolist() == [0] * 4
