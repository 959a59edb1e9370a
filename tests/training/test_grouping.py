"""What must not stand on both sides of a split."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netad_pcap.flows import FlowBatch
from netad_pcap.training.evaluation import ScoredCapture
from netad_pcap.training.grouping import Grouping, network_of, row_pieces
from netad_pcap.training.truth import Rule, Truth

TRUTH = Truth(
    (
        Rule(capture="a.pcap", family="benign", tool="curl"),
        Rule(capture="a.pcap", family="scan", tool="nmap"),
        Rule(capture="b.pcap", family="benign"),
    )
)


def _flows(*ends: tuple[str, str]) -> FlowBatch:
    def addresses(texts: list[str]) -> np.ndarray:
        raw = [bytes(10) + b"\xff\xff" + bytes(map(int, text.split("."))) for text in texts]
        return np.frombuffer(b"".join(raw), np.uint8).reshape(-1, 16)

    sources, destinations = zip(*ends, strict=True)
    identity = {"src_ip": addresses(list(sources)), "dst_ip": addresses(list(destinations))}
    return FlowBatch(profile=None, features={}, identity=identity)


def test_groups_are_what_the_split_names() -> None:
    flows = _flows(("10.1.2.3", "8.8.8.8"), ("10.1.2.4", "9.9.9.9"))
    expected = {
        "source": "lab",
        "capture": "a.pcap",
        "tool": "tool nmap",
        "network": "network 10.1.2.0/24",
    }
    for split, group in expected.items():
        assert Grouping(split, TRUTH).group_of("a.pcap", "lab", flows) == group


def test_captures_without_a_tool_or_a_network_stay_with_their_source() -> None:
    assert Grouping("tool", TRUTH).group_of("b.pcap", "lab", None) == "lab"
    assert Grouping("network", None).group_of("t.csv", "t.csv", None) == "t.csv"
    assert network_of(FlowBatch(profile=None, features={"x": np.ones(3)})) is None


def test_slots_of_time_follow_the_beginnings() -> None:
    slots = Grouping("time", None).slots([50, 10, 40, 20, 30])
    assert slots == [f"time {n} of 5" for n in (5, 1, 4, 2, 3)]


def test_rows_at_random_are_two_groups_that_hold_all() -> None:
    capture = ScoredCapture("c", "s", np.full(100, "benign", object), np.arange(100.0))
    pieces = row_pieces(capture, seed=1)
    assert [piece.group for piece in pieces] == ["rows 0", "rows 1"]
    assert sorted(np.concatenate([piece.score for piece in pieces])) == list(range(100))
    assert [p.score.tolist() for p in row_pieces(replace(capture), 1)] == [
        p.score.tolist() for p in pieces
    ]
