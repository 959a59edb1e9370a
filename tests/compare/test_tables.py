"""Comparisons whose answer is known."""

import json
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netad_pcap.compare import Comparison, compare_tables, comparison_text
from netad_pcap.errors import UsageError
from tests.compare.tables import flow, table

T = "18/05/2026 04:49:40"


def compare(tmp_path: Path, profiles: tuple[str, str], a: list[Any], b: list[Any]) -> Comparison:
    paths = [
        table(tmp_path / f"{n}.csv", p, f) for n, p, f in zip("ab", profiles, (a, b), strict=True)
    ]
    return compare_tables(*paths)


def codes(comparison: Comparison) -> dict[str, int]:
    return {f"{cause.code}:{cause.side}": cause.flows for cause in comparison.causes}


FIXED = ("cic-fixed", "cic-fixed")


def test_a_table_equals_itself(tmp_path: Path) -> None:
    flows = [flow(), flow(Src_Port=4001), flow(Flow_Duration=7)]
    result = compare(tmp_path, FIXED, flows, list(reversed(flows)))
    assert (result.both, result.equal, result.differs) == (3, 3, False)
    assert comparison_text(result) == ("3 flows in both · equal in all 94 columns: 3 (100%)\n")


def test_last_bits_are_no_difference(tmp_path: Path) -> None:
    a, b = flow(Flow_IAT_Mean="832.3333333333334"), flow(Flow_IAT_Mean="832.3333333333")
    assert not compare(tmp_path, FIXED, [a], [b]).differs


def test_nan_and_infinity_equal_themselves(tmp_path: Path) -> None:
    row = flow(**{"Flow_Byts/s": "NaN", "Flow_Pkts/s": "Infinity"})
    assert not compare(tmp_path, FIXED, [row], [row]).differs


def test_a_differing_column_is_named_with_size_and_flow(tmp_path: Path) -> None:
    result = compare(tmp_path, FIXED, [flow(), flow(Src_Port=4001, Idle_Max=8)],
                     [flow(), flow(Src_Port=4001, Idle_Max=10)])  # fmt: skip
    (difference,) = result.differences
    assert (difference.name, difference.flows, difference.unexplained) == ("Idle Max", 1, 1)
    assert (difference.largest_absolute, difference.largest_relative) == (2.0, 0.2)
    assert difference.example.flow.startswith("10.0.0.1:4001 > 192.0.2.7:80")
    assert result.unexplained == 1
    assert "No known cause: 1 flow in both" in comparison_text(result)


def test_duplicates_are_matched_one_to_one(tmp_path: Path) -> None:
    result = compare(tmp_path, FIXED, [flow()] * 3, [flow()] * 2)
    assert (result.both, result.a.unmatched, result.b.unmatched) == (2, 1, 0)


def test_flows_of_one_second_are_matched_by_size(tmp_path: Path) -> None:
    a = [flow(Timestamp=T, Flow_Duration=d, Tot_Fwd_Pkts=p) for d, p in ((10, 2), (900, 5))]
    result = compare(tmp_path, ("cic-2018", "cic-2018"), a, a[::-1])
    assert result.equal == 2


def test_either_direction_is_one_flow(tmp_path: Path) -> None:
    turned = flow(Src_IP="192.0.2.7", Dst_IP="10.0.0.1", Src_Port=80, Dst_Port=4000,
                  Tot_Fwd_Pkts=3, Tot_Bwd_Pkts=4)  # fmt: skip
    result = compare(tmp_path, FIXED, [flow()], [turned])
    assert result.both == 1
    assert codes(result) == {"direction:both": 1}
    assert result.unexplained == 0


def test_starts_within_a_second_are_one_flow(tmp_path: Path) -> None:
    near = flow(Timestamp="2026-05-18 04:49:41.500000")
    far = flow(Timestamp="2026-05-18 04:49:48.500000")
    assert compare(tmp_path, FIXED, [flow()], [near]).both == 1
    result = compare(tmp_path, FIXED, [flow()], [far])
    assert result.both == 0
    assert codes(result) == {"other_time:a": 1, "other_time:b": 1}


def test_flow_ended_by_rst_is_said_with_both_profiles(tmp_path: Path) -> None:
    v4 = flow(Timestamp=T + " AM", Tot_Fwd_Pkts=2, RST_Flag_Cnt=1)
    result = compare(tmp_path, ("cic-v4", "cic-2018"), [v4], [flow(Timestamp=T)])
    assert codes(result)["ended_by_rst:both"] == 1
    assert "flow ended by RST: cic-v4 rule; the other file follows cic-2018" in comparison_text(
        result
    )


def test_rest_of_a_flow_that_the_other_file_continues(tmp_path: Path) -> None:
    head = flow(Timestamp=T, Tot_Fwd_Pkts=2, Flow_Duration=1000)
    rest = flow(Timestamp="18/05/2026 04:49:43", Tot_Fwd_Pkts=2, Tot_Bwd_Pkts=0)
    whole = flow(Flow_Duration=9_000_000, FIN_Flag_Cnt=2)
    result = compare(tmp_path, ("cic-2018", "cic-fixed"), [head, rest], [whole])
    assert codes(result)["ended_by_fin:both"] == 1
    assert codes(result)["rest_of_flow:a"] == 1
    assert result.unexplained_a == 0


def test_one_packet_flows_are_missing_upstream(tmp_path: Path) -> None:
    one = flow(Src_Port=5000, Tot_Fwd_Pkts=1, Tot_Bwd_Pkts=0)
    result = compare(tmp_path, ("cic-2018", "cic-fixed"), [flow(Timestamp=T)], [flow(), one])
    assert codes(result)["one_packet:b"] == 1


def test_ipv6_is_missing_in_the_java_tools_file(tmp_path: Path) -> None:
    six = flow(Src_IP="2001:db8::1", Dst_IP="2001:db8::2")
    result = compare(tmp_path, FIXED, [flow(), six], [flow()])
    assert codes(result) == {"ipv6:a": 1}


def test_window_of_no_window(tmp_path: Path) -> None:
    udp = {"Protocol": 17, "Src_Port": 53, "Init_Fwd_Win_Byts": -1, "Init_Bwd_Win_Byts": -1}
    a = flow(Timestamp=T, **udp)
    b = flow(Timestamp=T + " AM", **(udp | {"Init_Fwd_Win_Byts": 0, "Init_Bwd_Win_Byts": 0}))
    result = compare(tmp_path, ("cic-2018", "cic-v4"), [a], [b])
    assert codes(result)["no_window:both"] == 1


def test_first_packet_twice(tmp_path: Path) -> None:
    # Payloads 10, 20, 30: once each, mean 20; the first twice, mean 17.5 and "average" 23.3.
    sizes = {"Tot_Fwd_Pkts": 2, "Tot_Bwd_Pkts": 1}
    a = flow(Timestamp=T, Pkt_Len_Mean=17.5, Pkt_Size_Avg=70 / 3, **sizes)
    b = flow(Pkt_Len_Mean=20.0, Pkt_Size_Avg=20.0, **sizes)
    result = compare(tmp_path, ("cic-2018", "cic-fixed"), [a], [b])
    assert codes(result)["first_packet_twice:both"] == 1
    assert result.unexplained == 0


def test_permuted_flags(tmp_path: Path) -> None:
    a = flow(Timestamp=T, PSH_Flag_Cnt=1)  # the flow begins with a SYN
    b = flow(SYN_Flag_Cnt=2, ACK_Flag_Cnt=6, PSH_Flag_Cnt=2)
    result = compare(tmp_path, ("cic-2018", "cic-fixed"), [a], [b])
    assert codes(result)["flags_permuted:both"] == 1
    assert result.unexplained == 0


def test_clock_of_twelve_hours_and_time_zone_are_taken_out(tmp_path: Path) -> None:
    a = [flow(Timestamp="18/05/2026 01:49:40", Src_Port=p) for p in range(5)]
    b = [flow(Timestamp="2026-05-18 16:49:40.1", Src_Port=p) for p in range(5)]
    result = compare(tmp_path, ("cic-2018", "cic-fixed"), a, b)
    assert result.both == 5
    assert result.clock_offset_us == 3 * 3600 * 1_000_000
    assert any("12 hours" in note for note in result.notes)
    assert "Timestamp" not in [d.name for d in result.differences]


def test_labels_of_an_unlabelled_table_are_no_difference(tmp_path: Path) -> None:
    assert not compare(tmp_path, FIXED, [flow()], [flow(Label="scan")]).differs
    assert compare(tmp_path, FIXED, [flow(Label="benign")], [flow(Label="scan")]).differs


def test_result_is_plain_json(tmp_path: Path) -> None:
    result = compare(tmp_path, FIXED, [flow(), flow(Src_Port=1)], [flow(Idle_Max=1)])
    data = json.loads(json.dumps(result.to_json()))
    assert data["differs"] is True
    assert data["a"]["unmatched"] == 1


def test_empty_tables(tmp_path: Path) -> None:
    assert not compare(tmp_path, FIXED, [], []).differs
    assert compare(tmp_path, FIXED, [flow()], []).a.unmatched == 1
    assert compare(tmp_path, FIXED, [], [flow()]).b.unmatched == 1


def test_tables_with_nothing_to_match_by(tmp_path: Path) -> None:
    from netad_pcap import schema

    head = schema.DIALECTS["cic-ids2017/machine-learning-79"].headers
    for name, rows in (("a", 2), ("b", 2), ("c", 3)):
        lines = [",".join(head)] + [",".join("0" * 79)] * rows
        (tmp_path / name).write_text("\n".join(lines))
    assert compare_tables(tmp_path / "a", tmp_path / "b").matched_by == "order of rows"
    with pytest.raises(UsageError, match="nothing to match flows by"):
        compare_tables(tmp_path / "a", tmp_path / "c")


def official(shared_data: Path, name: str) -> Path:
    path = shared_data / "golden" / "official" / f"test.{name}.csv.gz"
    if not path.is_file():
        pytest.skip(f"no {path}")
    return path


def test_the_tool_equals_its_published_rows_but_for_the_time_zone(shared_data: Path) -> None:
    result = compare_tables(
        official(shared_data, "cic-2018"), official(shared_data, "published_2018dialect")
    )
    assert (result.both, result.equal, len(result.columns)) == (96, 96, 84)
    assert result.clock_offset_us == -3 * 3600 * 1_000_000


@pytest.mark.parametrize("other", ["cic-v4", "cic-fixed", "cic-fixed-2022"])
def test_every_difference_of_the_profiles_on_the_official_capture_is_explained(
    shared_data: Path, other: str
) -> None:
    result = compare_tables(official(shared_data, "cic-2018"), official(shared_data, other))
    assert result.both > 0
    assert (result.unexplained, result.unexplained_a, result.unexplained_b) == (0, 0, 0)


def test_milliseconds_of_another_meter(tmp_path: Path) -> None:
    a = [flow(Src_Port=p, Flow_Duration=5000 + 1000 * p) for p in range(3)]
    b = [flow(Src_Port=p, Flow_Duration=5123 + 1000 * p) for p in range(3)]
    result = compare(tmp_path, FIXED, a, b)
    assert codes(result) == {"milliseconds:both": 3}
    assert result.unexplained == 0


def test_one_profile_has_no_rules_to_differ_by(tmp_path: Path) -> None:
    result = compare(
        tmp_path, FIXED, [flow(Tot_Fwd_Pkts=2, FIN_Flag_Cnt=1)], [flow(FIN_Flag_Cnt=1)]
    )
    assert codes(result) == {}
    assert result.unexplained == 1


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(0, 2), st.integers(0, 4), st.booleans()),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
@settings(max_examples=25, deadline=None)
def test_order_of_rows_changes_nothing(
    rows: list[tuple[int, int, int, bool]], chance: random.Random
) -> None:
    flows = [
        flow(
            Src_Port=port,
            Timestamp=f"2026-05-18 04:49:4{second}.5",
            Flow_Duration=duration,
            **({"Src_IP": "192.0.2.7", "Dst_IP": "10.0.0.1"} if turned else {}),
        )
        for port, second, duration, turned in rows
    ]
    shuffled = flows.copy()
    chance.shuffle(shuffled)
    with tempfile.TemporaryDirectory() as folder:
        result = compare(Path(folder), FIXED, flows, shuffled)
    assert (result.both, result.equal) == (len(flows), len(flows))
