"""The tool's own rows, read as flows and written again, are the tool's rows."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netad_pcap.flows import FlowBatch
from netad_pcap.metering.rules import PROFILES as TOOL_PROFILES
from netad_pcap.report import open_flow_table
from netad_pcap.schema import PROFILES, dtype_of
from tests.scored_flows import addresses

FORMS = {"cic-2018": "%d/%m/%Y %I:%M:%S", "cic-v4": "%d/%m/%Y %I:%M:%S %p"}


def _time_us(text: str, profile: str) -> Any:
    if profile in FORMS:
        moment = dt.datetime.strptime(text, FORMS[profile])
    else:
        moment = dt.datetime.fromisoformat(text)
    return int((moment - dt.datetime(1970, 1, 1)) / dt.timedelta(microseconds=1))


def _flows(rows: Any, profile: str) -> Any:
    cells = {
        name: list(values)
        for name, values in zip(PROFILES[profile].columns, zip(*rows, strict=True), strict=True)
    }
    straight = [
        f"{a}-{b}-{ap}-{bp}-{p}"
        for a, b, ap, bp, p in zip(
            *(cells[n] for n in ("Src IP", "Dst IP", "Src Port", "Dst Port", "Protocol")),
            strict=True,
        )
    ]
    start = np.array([_time_us(text, profile) for text in cells["Timestamp"]], "i8")
    return FlowBatch(
        profile=profile,
        identity={
            "src_ip": addresses(cells["Src IP"]),
            "dst_ip": addresses(cells["Dst IP"]),
            "src_port": np.array(cells["Src Port"], "i4"),
            "dst_port": np.array(cells["Dst Port"], "i4"),
            "protocol": np.array(cells["Protocol"], "i4"),
            "start_us": start,
            "id_reversed": np.array(straight, object) != np.array(cells["Flow ID"], object),
        },
        features={
            name: np.array(cells[name], "f8").astype(dtype_of(name, profile))
            for name in PROFILES[profile].features
        },
    )


def _same(ours: Any, theirs: Any) -> Any:
    if ours == theirs:
        return True
    try:
        a, b = float(ours), float(theirs)
    except ValueError:
        return False
    return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-12)


@pytest.mark.parametrize("profile", sorted(TOOL_PROFILES))
@pytest.mark.parametrize("capture", ["official/test", "fuzz/fuzz1_lifecycle", "fuzz/fuzz2_decode"])
def test_rows_of_the_tool_come_out_again(
    shared_data: Path, tmp_path: Path, capture: Any, profile: str
) -> None:
    golden = shared_data / "golden" / f"{capture}.{profile}.csv.gz"
    with gzip.open(golden, "rt", newline="") as file:
        header, *rows = csv.reader(file)
    rows = rows[:3000]
    with open_flow_table(tmp_path / "f.csv", profile, strict=True) as table:
        table.write(_flows(rows, profile))
    with (tmp_path / "f.csv").open(newline="") as file:
        our_header, *our_rows = csv.reader(file)
    assert our_header == header
    for ours, theirs in zip(our_rows, rows, strict=True):
        differing = [
            (name, a, b) for name, a, b in zip(header, ours, theirs, strict=True) if not _same(a, b)
        ]
        assert differing == []
    # Doubles keep a decimal point, or an exponent that says the same.
    text = (tmp_path / "f.csv").read_text()
    assert "inf" not in text.split("\n", 1)[1].lower().replace("infinity", "")
