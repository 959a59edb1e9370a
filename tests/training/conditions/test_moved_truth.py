"""Windows go with the packets; where they then overlap, single flows get rules of their own."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netad_pcap.flows import FlowBatch
from netad_pcap.training import Rule, Truth
from netad_pcap.training.conditions.moved_truth import moved_truth

FIRST_US = 1_772_442_000_000_000
FIRST_S = FIRST_US // 1_000_000


def flows(rows: list[tuple[int, int, int]]) -> FlowBatch:
    """Flows to 10.0.0.9:80: last byte of the source, its port, start behind FIRST_US."""
    n = len(rows)
    source = np.zeros((n, 16), "u1")
    source[:, 10:12] = 255
    target = source.copy()
    source[:, 12], source[:, 15] = 10, [host for host, _, _ in rows]
    target[:, 12], target[:, 15] = 10, 9
    return FlowBatch(
        profile=None,
        features={},
        identity={
            "src_ip": source,
            "dst_ip": target,
            "src_port": np.array([port for _, port, _ in rows], "i4"),
            "dst_port": np.full(n, 80, "i4"),
            "protocol": np.full(n, 6, "i4"),
            "start_us": np.array([FIRST_US + start for _, _, start in rows], "i8"),
        },
    )


def moved(rules: list[Rule], before: FlowBatch, starts: list[int]) -> Truth:
    return moved_truth(
        Truth(tuple(rules)), before, np.arange(len(before)), FIRST_US + np.array(starts, "i8"),
        source="in.pcap", target="out.pcap",
    )  # fmt: skip


def test_a_window_becomes_that_of_its_packets() -> None:
    before = flows([(1, 5_000, 0), (1, 5_001, 2_000_000), (1, 5_002, 9_000_000)])
    rule = Rule("in.pcap", src="10.0.0.1", start=FIRST_S + 1, end=FIRST_S + 3, family="scan")
    (now,) = moved([rule], before, [0, 4_000_000, 9_000_000]).rules
    assert now.capture == "out.pcap"
    assert (now.start, now.end) == (FIRST_S + 3.9999995, FIRST_S + 4.0000005)


def test_a_rule_without_a_window_stays_and_others_captures_go() -> None:
    before = flows([(1, 5_000, 0)])
    rules = [Rule("in.pcap", src="10.0.0.1", family="dos", source="lab"), Rule("other.pcap")]
    (now,) = moved(rules, before, [5]).rules
    assert now == Rule("out.pcap", src="10.0.0.1", family="dos", source="lab")


def test_where_windows_would_overlap_flows_get_rules_of_their_own() -> None:
    """A harmless flow of the attacker's is put off into the time of the attack."""
    before = flows([(1, 5_000, 0), (1, 5_001, 5_000_000), (1, 5_002, 6_000_000)])
    rule = Rule("in.pcap", src="10.0.0.1", start=FIRST_S + 4, end=FIRST_S + 7, family="scan")
    first, second = moved([rule], before, [5_500_000, 5_000_000, 6_000_000]).rules
    assert (first.src_port, first.family, first.protocol) == (5_000, "benign", 6)
    assert second.family == "scan"


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(0, 20), st.integers(0, 20)),
        min_size=1, max_size=25,
    ),
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(0, 20), st.integers(0, 20),
                  st.sampled_from(("scan", "dos", "unknown", "benign"))),
        max_size=4,
    ),
)  # fmt: skip
def test_whichever_packet_begins_a_flow_its_family_is_as_before(
    rows: list[tuple[int, int, int, int]], windows: list[tuple[int, int, int, str]]
) -> None:
    # Packets of one five-tuple are told apart by their times, before and after.
    times = {(host, port, late * 1_000_000 + i) for i, (host, port, _, late) in enumerate(rows)}
    assert len(times) == len(rows)
    before = flows([(host, port, at * 1_000_000) for host, port, at, _ in rows])
    rules = [
        Rule("in.pcap", src=f"10.0.0.{host}", start=FIRST_S + start, end=FIRST_S + start + long,
             family=family)
        for host, start, long, family in windows
    ] or [Rule("in.pcap")]  # fmt: skip
    starts = [late * 1_000_000 + i for i, (_, _, _, late) in enumerate(rows)]
    truth = moved(rules, before, starts)
    after = flows([(host, port, at) for (host, port, _, _), at in zip(rows, starts, strict=True)])
    assert (
        truth.families_of(after, "out.pcap").tolist()
        == Truth(tuple(rules)).families_of(before, "in.pcap").tolist()
    )
