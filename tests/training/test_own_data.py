"""What is said of the data of a model of one's own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netad_pcap.training.labelled import LabelledCapture
from netad_pcap.training.own_data import clock_of, little_data
from netad_pcap.training.splits import Parts
from tests.training.captures import capture


def _timed(flows: int, step_us: int) -> LabelledCapture:
    made = capture("a.pcap", "a", flows=flows)
    times = np.arange(flows, dtype=np.int64) * step_us
    identity = dict(made.flows.identity) | {"start_us": times, "end_us": times + step_us}
    return replace(made, flows=replace(made.flows, identity=identity))


def test_little_and_short_data_is_told_with_numbers() -> None:
    few = _timed(100, 1_000_000)
    lines = list(little_data(Parts((few,), (few,), ())))
    assert [line.split(":")[0] for line in lines] == [
        "little to learn from", "little to calibrate on", "short",
    ]  # fmt: skip
    assert "no p-value is below 0.0099" in lines[1]
    assert lines[2].startswith("short: 3 min of traffic")


def test_enough_data_is_not_spoken_of() -> None:
    many = _timed(1_200, 4_000_000)
    assert list(little_data(Parts((many,), (many,), ()))) == []


def test_whole_milliseconds_are_another_clock() -> None:
    assert clock_of([_timed(50, 1_000)]) == "ms"
    assert clock_of([_timed(50, 1_001)]) == "us"
    assert clock_of([_timed(5, 1_000)]) == "us"
