from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netad_pcap.report import open_flow_table
from netad_pcap.schema import DIALECTS, PROFILES, match_header
from tests.report.maker import full_features
from tests.scored_flows import quiet, scored_flows


def _read(path: Path) -> Any:
    with path.open(newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("profile", ["cic-2018", "cic-v4", "cic-fixed", "cic-fixed-2022"])
def test_strict_is_the_dialect_and_nothing_else(profile: str, tmp_path: Path) -> None:
    flows = scored_flows(quiet(3), features=full_features(3, profile), profile=profile).flows
    with open_flow_table(tmp_path / "f.csv", profile, strict=True) as table:
        table.write(flows)
    header, *rows = _read(tmp_path / "f.csv")
    assert tuple(header) == PROFILES[profile].headers
    assert len(rows) == 3
    assert rows[0][-1] == ("No Label" if profile == "cic-2018" else "NeedManualLabel")


def test_ours_stand_behind_the_dialect(tmp_path: Path) -> None:
    flows = scored_flows(quiet(3), features=full_features(3, "cic-2018"), profile="cic-2018").flows
    flows.identity["ext"][1] = 1 << 1 | 1 << 2
    with open_flow_table(tmp_path / "f.csv", "cic-2018") as table:
        table.write(flows.take(slice(0, 2)))
        table.write(flows.take(slice(2, 3)))
    header, *rows = _read(tmp_path / "f.csv")
    assert header[84:] == ["Ext", "Community ID", "First Frame", "Last Frame", "Capture"]
    assert rows[1][84] == "ipv6 one"
    assert rows[2][86:] == ["3", "4", "incident.pcapng"]


def test_truth_fills_the_label(tmp_path: Path) -> None:
    from dataclasses import replace

    flows = scored_flows(quiet(2), features=full_features(2, "cic-2018"), profile="cic-2018").flows
    flows = replace(flows, text={"label": np.array(["scan", "benign"], dtype=object)})
    with open_flow_table(tmp_path / "f.csv", "cic-2018", strict=True) as table:
        table.write(flows)
    assert [row[-1] for row in _read(tmp_path / "f.csv")[1:]] == ["scan", "benign"]


def test_flow_id_may_name_the_destination_first(tmp_path: Path) -> None:
    flows = scored_flows(quiet(1), features=full_features(1, "cic-2018"), profile="cic-2018").flows
    flows.identity["id_reversed"][0] = True
    with open_flow_table(tmp_path / "f.csv", "cic-2018", strict=True) as table:
        table.write(flows)
    assert _read(tmp_path / "f.csv")[1][0] == "192.0.2.6-10.0.1.18-80-40000-6"


def test_open_flows_are_left_out(tmp_path: Path) -> None:
    flows = scored_flows(quiet(3), features=full_features(3, "cic-2018"), profile="cic-2018").flows
    flows.identity["open"][1] = True
    with open_flow_table(tmp_path / "f.csv", "cic-2018", strict=True) as table:
        table.write(flows)
    assert table.rows == 2


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_every_dialect_can_be_written_and_is_recognised(dialect: str, tmp_path: Path) -> None:
    flows = scored_flows(quiet(3), features=full_features(3, "cic-2018"), profile="cic-2018").flows
    with open_flow_table(tmp_path / "f.csv", "cic-2018", strict=True, dialect=dialect) as table:
        table.write(flows)
    header, *rows = _read(tmp_path / "f.csv")
    assert tuple(header) == DIALECTS[dialect].headers
    assert {len(row) for row in rows} == {len(header)}
    assert match_header(header).columns is not None


def test_the_2017_dialect_repeats_its_header_length(tmp_path: Path) -> None:
    flows = scored_flows(quiet(3), features=full_features(3, "cic-2018"), profile="cic-2018").flows
    dialect = "cic-ids2017/generated-labelled-flows-85"
    with open_flow_table(tmp_path / "f.csv", "cic-2018", strict=True, dialect=dialect) as table:
        table.write(flows)
    header, *rows = _read(tmp_path / "f.csv")
    first, second = (i for i, cell in enumerate(header) if cell.strip() == "Fwd Header Length")
    assert [row[first] for row in rows] == [row[second] for row in rows]
    assert rows[0][first] != ""
