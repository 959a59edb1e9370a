"""Detectors fitted in turns, each group left out once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netad_pcap.errors import ModelError
from netad_pcap.training.turns import in_turns
from tests.training.captures import network


def test_every_source_is_measured_once_by_weights_that_never_saw_it() -> None:
    captures = network()
    said: list[str] = []
    measured, scored = in_turns(
        captures, ["behaviour"], split="source", profile="cic-fixed", fpr=0.05, seed=1,
        say=said.append,
    )  # fmt: skip
    assert sorted(c.name for c in scored["fused"]) == sorted(c.name for c in captures)
    assert sum(line.startswith("turn") for line in said) == 5
    scans = [m.values["auc"] for m in measured["behaviour"] if m.family == "scan"]
    assert min(scans) > 0.8


def test_in_time_the_last_is_measured_by_what_came_before() -> None:
    slots = [f"time {1 + number // 2} of 5" for number in range(10)]
    captures = [replace(c, group=slots[int(c.name.split("-", maxsplit=1)[0])]) for c in network()]
    _, scored = in_turns(
        captures, ["behaviour"], split="time", profile="cic-fixed", fpr=0.05, seed=1
    )
    assert {c.group for c in scored["fused"]} == {"time 5 of 5"}


def test_too_few_groups_are_told() -> None:
    captures = [replace(c, group="one") for c in network()]
    with pytest.raises(ModelError, match="--split tool: labelled flows are of 1 group;"):
        in_turns(captures, ["behaviour"], split="tool", profile="cic-fixed", fpr=0.05, seed=1)
