"""Traffic that was seen already counts once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netad_pcap.testing import make_flows
from netad_pcap.training.duplicates import Duplicates


def test_a_file_again_is_told_by_its_bytes() -> None:
    duplicates = Duplicates()
    assert not duplicates.is_file_again("a.pcap", "00")
    assert not duplicates.is_file_again("b.pcap", "11")
    assert duplicates.is_file_again("copy.pcap", "00")
    assert duplicates.captures == {"copy.pcap": "a.pcap"}


def test_flows_of_another_file_are_told_by_who_when_and_how_long() -> None:
    duplicates = Duplicates()
    flows = make_flows(50, 1)
    assert not duplicates.again(flows).any()
    assert not duplicates.again(flows).any()  # the same file
    duplicates.end_of_file()
    assert duplicates.again(flows.take(np.arange(10, 20))).all()
    later = replace(flows, identity={**flows.identity, "start_us": flows.identity["start_us"] + 1})
    assert not duplicates.again(later).any()
    assert duplicates.flows == 10


def test_rows_without_identity_are_told_by_their_columns() -> None:
    duplicates = Duplicates()
    bare = replace(make_flows(30, 1), identity={}, connection={}, text={})
    twice = bare.take(np.array([0, 1, 1, 2, 0]))
    assert duplicates.again(twice).tolist() == [False, False, True, False, True]
    assert duplicates.again(bare.take(np.array([2, 3]))).tolist() == [True, False]
