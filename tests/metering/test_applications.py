"""Names of flows as columns; memory of names is bounded."""

from __future__ import annotations

import numpy as np
import pytest

from netad_pcap.metering import applications
from netad_pcap.metering.applications import Application, Applications, name_flows
from netad_pcap.metering.nfstream_messages import Name, decode_names, encode_names


def test_names_are_columns_of_text() -> None:
    known = {3: Application("TLS", "a.example", "771,4865", "771"), 5: Application("DNS")}
    columns = name_flows(np.array([5, -1, 3, 4], np.int32), known)
    assert list(columns) == [
        "application", "server_name", "client_fingerprint", "server_fingerprint",
    ]  # fmt: skip
    assert columns["application"].tolist() == ["DNS", "", "TLS", ""]
    assert columns["server_name"].tolist() == ["", "", "a.example", ""]
    assert columns["server_fingerprint"].tolist() == ["", "", "771", ""]
    assert {column.dtype for column in columns.values()} == {np.dtype(object)}


def test_no_flow_has_empty_columns() -> None:
    columns = name_flows(np.empty(0, np.int32), {})
    assert [len(column) for column in columns.values()] == [0, 0, 0, 0]


def test_oldest_closed_flows_are_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applications, "_KEPT_CLOSED", 2)
    names = Applications()
    for tag in range(6):
        names.learn(Name(tag, tag, "DNS", "", "", ""))
    names.close([0, 1, 99])
    assert sorted(names) == [0, 1, 2, 3, 4, 5]
    names.learn(Name(9, 0, "DNS", "goes.on", "", ""))
    names.close([2, 3])
    assert sorted(names) == [0, 2, 3, 4, 5]


def test_hostile_text_survives_the_pipe() -> None:
    names = [Name(2**40, 7, "\x1b[2J\u202e", 'a"\\\n\0', "\U0001f600", "=1+1")]
    assert decode_names(encode_names(names)) == names
