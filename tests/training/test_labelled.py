from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netad_pcap.training.labelled import join, label_captures, some_rows
from netad_pcap.training.truth import read_truth
from tests.training.captures import capture


def test_a_capture_weighs_at_most_twenty_flows_of_a_class() -> None:
    joined = join([capture("a", "s", flows=200), capture("b", "s", "scan", flows=5)])
    assert joined.flows.weight is not None
    assert joined.flows.weight[joined.capture == 0].sum() == pytest.approx(20)
    assert joined.flows.weight[joined.capture == 1].sum() == pytest.approx(5)


def test_joined_histories_point_at_the_same_flows() -> None:
    parts = [capture("a", "s", history=3), capture("b", "t", "scan", history=3)]
    joined = join([some_rows(parts[0], np.arange(40, 60)), parts[1]])
    assert joined.flows.history is not None
    column = joined.flows.column("Tot Fwd Pkts")
    carried = joined.flows.carried
    for part, begin in ((parts[0], 40), (parts[1], 0)):
        own = part.flows.column("Tot Fwd Pkts")
        assert part.flows.history is not None
        offset = carried + (0 if part is parts[0] else 20)
        for row in range(begin, len(own)):
            expected = [own[i] for i in part.flows.history[row] if i >= 0]
            place = joined.flows.history[offset + row - begin]
            assert [column[i] for i in place if i >= 0] == expected


def test_labelled_samples(samples: Path) -> None:
    truth = read_truth(samples / "port_scan.truth.csv")
    left_out: list[str] = []
    (labelled,) = label_captures(
        [str(samples / "port_scan.pcap"), str(samples / "syn_flood.pcap")],
        truth,
        profile="cic-fixed",
        history=4,
        columns=("Tot Fwd Pkts",),
        most_rows=1_000,
        seed=0,
        meter_name="native",
        unlabelled=left_out.append,
    )
    assert left_out == [str(samples / "syn_flood.pcap")]
    assert set(labelled.families) == {"benign", "scan"}
    assert len(labelled.families) == len(labelled.flows) - labelled.flows.carried
    assert labelled.source == "netad-pcap/sample_pcaps"


def test_drawn_flows_keep_what_their_histories_point_at(samples: Path) -> None:
    def labelled(most_rows: int) -> list[list[float]]:
        (found,) = label_captures(
            [str(samples / "port_scan.pcap")],
            None,
            profile="cic-fixed",
            history=4,
            columns=("Flow Duration",),
            most_rows=most_rows,
            seed=0,
            meter_name="native",
        )
        assert found.flows.history is not None
        duration = found.flows.column("Flow Duration")
        return [
            [duration[i] for i in line if i >= 0]
            for line in found.flows.history[found.flows.carried :]
        ]

    everything = labelled(10**6)
    assert all(line in everything for line in labelled(7))
    assert len(labelled(7)) == 7


def test_context_is_that_of_the_whole_capture_before_flows_are_drawn(samples: Path) -> None:
    """Open flows count, and are no rows."""
    name = "source_services_60s"
    asked: dict[str, Any] = {
        "profile": "cic-fixed",
        "history": 4,
        "columns": ("Flow Duration",),
        "context": (name,),
        "seed": 0,
        "meter_name": "native",
    }
    capture = [str(samples / "port_scan.pcap")]
    (whole,) = label_captures(capture, None, most_rows=10**6, **asked)
    (drawn,) = label_captures(capture, None, most_rows=7, **asked)
    assert whole.flows.context[name].max() > 100
    assert not whole.flows.identity["open"].any()
    kept = drawn.flows.take(slice(drawn.flows.carried, None))
    same = np.isin(whole.flows.identity["first_frame"], kept.identity["first_frame"])
    np.testing.assert_array_equal(kept.context[name], whole.flows.context[name][same])
