from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from netad_pcap.errors import OutputError, UsageError
from netad_pcap.report import REPORT_COLUMNS, format_of, report_schema
from netad_pcap.schema import PROFILES
from tests.report.maker import full_features, incident, report_of, report_of_scored
from tests.scored_flows import scored_flows


@pytest.fixture(scope="module")
def report() -> Iterator[Any]:
    with report_of(reasons={630: ("5 DNS queries (normal: 0-2)", "one more")}) as made:
        yield made


def test_json_holds_against_its_schema(report: Any, tmp_path: Path) -> None:
    report.write(tmp_path / "r.json")
    document = json.loads((tmp_path / "r.json").read_bytes())
    jsonschema.Draft202012Validator.check_schema(report_schema())
    jsonschema.validate(document, report_schema())
    assert len(document["flows"]) == 631
    assert document["findings"][0]["id"] == "f1"
    assert document["flows"][630]["reasons"] == ["5 DNS queries (normal: 0-2)", "one more"]


def test_json_has_no_nan(report: Any, tmp_path: Path) -> None:
    report.write(tmp_path / "r.json")

    def refuse(word: str) -> None:
        raise AssertionError(word)

    document = json.loads((tmp_path / "r.json").read_bytes(), parse_constant=refuse)
    assert document["flows"][0]["features"]["Flow Byts/s"] is None
    assert document["flows"][-1]["features"]["Flow Byts/s"] is None


def test_schema_and_table_of_columns_agree() -> None:
    keys = set(report_schema()["$defs"]["flow"]["properties"])
    assert {column.key for column in REPORT_COLUMNS.values()} < keys


def test_json_lines_header_first(report: Any, tmp_path: Path) -> None:
    report.write(tmp_path / "r.jsonl")
    header, *flows = (tmp_path / "r.jsonl").read_text().splitlines()
    jsonschema.validate(json.loads(header), report_schema())
    assert "flows" not in json.loads(header)
    assert len(flows) == 631
    assert json.loads(flows[0])["first_frame"] == 1


def test_same_input_same_bytes_however_it_was_cut(report: Any, tmp_path: Path) -> None:
    report.write(tmp_path / "a.json")
    report.write(tmp_path / "a.csv")
    with report_of(
        cuts=(7, 333, 500), reasons={630: ("5 DNS queries (normal: 0-2)", "one more")}
    ) as cut:
        cut.write(tmp_path / "b.json")
        cut.write(tmp_path / "b.csv")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_csv_begins_with_the_84_columns(report: Any, tmp_path: Path) -> None:
    report.write(tmp_path / "r.csv")
    with (tmp_path / "r.csv").open(newline="") as file:
        header, *rows = list(csv.reader(file))
    first = PROFILES["cic-2018"].columns
    assert len(first) == 84
    assert tuple(header[:84]) == first
    assert header[84] == "Fwd RST Flags"
    assert header[-17:] == [*REPORT_COLUMNS, "score:autoencoder"]
    row = dict(zip(header, rows[0], strict=True))
    assert row["Flow ID"] == "10.0.1.18-192.0.2.6-40000-80-6"
    assert row["Timestamp"] == "2026-11-03 09:12:07"
    assert row["Flow Byts/s"] == "NaN"
    assert row["TotLen Fwd Pkts"] == "120.0"
    assert row["Tot Fwd Pkts"] == "3"
    assert row["Finding"] == ""
    last = dict(zip(header, rows[-1], strict=True))
    assert last["Flow Byts/s"] == "Infinity"
    assert last["Reasons"] == "5 DNS queries (normal: 0-2); one more"
    assert last["Label"] == "anomaly"
    assert last["Verdict"] == "suspicious"


def test_label_is_the_family_of_the_finding(report: Any) -> None:
    frame = report.to_pandas()
    assert set(frame.loc[frame["Finding"] == "f1", "Label"]) == {"scan"}
    assert set(frame.loc[frame["Finding"] == "f2", "Label"]) == {"brute_force"}
    counts = report.summary
    assert counts.in_findings == (frame["Finding"].notna()).sum() == 230
    assert counts.flows == counts.benign + counts.in_findings + counts.alone


def test_parquet_has_the_columns_of_the_csv_typed(report: Any, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    report.write(tmp_path / "r.parquet")
    table = pq.read_table(tmp_path / "r.parquet")
    assert tuple(table.schema.names) == report.header
    assert str(table.schema.field("Timestamp").type) == "timestamp[us, tz=UTC]"
    assert str(table.schema.field("Src Port").type) == "int64"
    assert json.loads(table.schema.metadata[b"netad_pcap"])["findings"][0]["id"] == "f1"


def test_hostile_names_do_no_harm(tmp_path: Path) -> None:
    rows = incident()[:3]
    scored = scored_flows(rows, features=full_features(3))
    names = np.array(["=HYPERLINK()", 'a\x1b[2J,"b"\n', "\udcff"], dtype=object)
    scored = replace(scored, flows=replace(scored.flows, text={"server_name": names}))
    with report_of_scored(scored) as report:
        report.write(tmp_path / "r.csv")
        report.write(tmp_path / "r.json")
    with (tmp_path / "r.csv").open(newline="") as file:
        cells = [row["Server Name"] for row in csv.DictReader(file)]
    assert cells == ["'=HYPERLINK()", 'a\\x1b[2J,"b"\\x0a', "\\udcff"]
    assert b"\x1b" not in (tmp_path / "r.json").read_bytes()
    jsonschema.validate(json.loads((tmp_path / "r.json").read_bytes()), report_schema())


def test_rows_without_verdict_are_empty_there() -> None:
    scored = scored_flows(incident()[:2], features=full_features(2))
    scored.verdict[0] = 255
    with report_of_scored(scored) as report:
        frame = report.to_pandas()
    assert frame["Verdict"].isna().tolist() == [True, False]
    assert frame["PValue"].isna().tolist() == [True, False]


def test_empty_report_is_a_report(tmp_path: Path) -> None:
    with report_of([]) as report:
        for suffix in ("csv", "json", "jsonl", "parquet"):
            report.write(tmp_path / f"r.{suffix}")
        assert len(report.to_pandas()) == 0
    jsonschema.validate(json.loads((tmp_path / "r.json").read_bytes()), report_schema())
    assert (tmp_path / "r.csv").read_text().count("\n") == 1


def test_table_without_addresses(tmp_path: Path) -> None:
    scored = scored_flows(incident()[:4], features=full_features(4))
    scored = replace(scored, flows=replace(scored.flows, identity={}))
    with report_of_scored(scored, meter="table") as report:
        for suffix in ("csv", "json", "parquet"):
            report.write(tmp_path / f"r.{suffix}")
    document = json.loads((tmp_path / "r.json").read_bytes())
    jsonschema.validate(document, report_schema())
    assert document["flows"][0]["src_ip"] is None


def test_format_is_chosen_by_suffix() -> None:
    assert format_of("a.JSON") == "json"
    assert format_of("a.json", "csv") == "csv"
    for target in ("a.txt", "-"):
        with pytest.raises(UsageError, match="--format"):
            format_of(target)
    with pytest.raises(UsageError, match="no format 'xml'"):
        format_of("a.json", "xml")


def test_existing_report_is_kept(report: Any, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("mine")
    with pytest.raises(OutputError, match="exists"):
        report.write(tmp_path / "r.csv")
