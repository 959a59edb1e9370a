"""Cutting and reordering batches together with their history."""

import numpy as np
import pytest

from netad_pcap.testing import cut_batch, make_flows, take_rows


def test_cut_carries_what_history_points_at() -> None:
    flows = make_flows(100, history=4)
    part = cut_batch(flows, 60, 80)
    assert flows.history is not None
    assert part.history is not None
    assert len(part) - part.carried == 20
    frames = flows.identity["first_frame"]
    for row in range(20):
        here = part.history[part.carried + row]
        there = flows.history[60 + row]
        assert (here >= 0).tolist() == (there >= 0).tolist()
        assert part.identity["first_frame"][here[here >= 0]].tolist() == (
            frames[there[there >= 0]].tolist()
        )


def test_without_history_nothing_is_carried() -> None:
    assert cut_batch(make_flows(10), 3, 5).carried == 0


def test_history_that_would_be_lost_is_refused() -> None:
    flows = make_flows(100, history=4)
    with pytest.raises(ValueError, match="a row that was not taken"):
        take_rows(flows, np.arange(50, 100))
