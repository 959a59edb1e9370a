"""`analyze --profile`: rows of one profile, judged on the flows of another."""

from __future__ import annotations

import io
import itertools
import json
import struct
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import polars as pl
import pytest

from netad_pcap.errors import ExitCode
from netad_pcap.report import report_schema
from tests.cli.captures import arp, pcap
from tests.cli.conftest import Program

TAKEN = ["Label", "Verdict", "Score", "PValue", "Detector", "Finding", "Reasons"]
PROFILES = ("cic-2018", "cic-v4", "cic-fixed-2022")


def table(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema=False)


def pair(row: dict[str, Any]) -> tuple[Any, ...]:
    """Both ends, whichever is first, and the protocol."""
    ends = sorted([(row["Src IP"], row["Src Port"]), (row["Dst IP"], row["Dst Port"])])
    return (*ends, row["Protocol"])


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("sample", ["port_scan", "password_attack"])
def test_each_row_says_what_the_flow_around_its_first_frame_says(
    sample: str, profile: str, netad_pcap: Program, samples: Path, tmp_path: Path
) -> None:
    capture = samples / f"{sample}.pcap"
    netad_pcap("analyze", capture, "--meter", "native", "-o", tmp_path / "own.csv")
    netad_pcap("flows", capture, "--meter", "native", "--profile", profile,
               "-o", tmp_path / "flows.csv")  # fmt: skip
    run = netad_pcap("analyze", capture, "--meter", "native", "--profile", profile,
                     "-o", tmp_path / "rows.csv")  # fmt: skip
    assert run.code == ExitCode.DONE
    rows, own = table(tmp_path / "rows.csv"), table(tmp_path / "own.csv")
    order = ["Community ID", "First Frame", "Last Frame"]
    assert rows.select(order).equals(table(tmp_path / "flows.csv").select(order))
    scores = [name for name in own.columns if name.startswith("score:")]
    judged = own.to_dicts()
    for row in rows.to_dicts():
        (flow,) = [
            flow
            for flow in judged
            if pair(flow) == pair(row)
            and int(flow["First Frame"]) <= int(row["First Frame"]) <= int(flow["Last Frame"])
        ]
        for name in (*TAKEN, *scores):
            assert row[name] == flow[name]
    assert f"rows: {profile} ({len(rows):,}), judged on cic-fixed ({len(own):,})" in run.err


def test_summary_findings_and_hosts_are_those_of_the_models_profile(
    netad_pcap: Program, samples: Path, tmp_path: Path
) -> None:
    reports = {}
    for profile in ("cic-fixed", "cic-2018"):
        path = tmp_path / f"{profile}.json"
        netad_pcap("analyze", samples / "port_scan.pcap", "--profile", profile, "-o", path)
        reports[profile] = json.loads(path.read_bytes())
    own, rows = reports["cic-fixed"], reports["cic-2018"]
    assert rows["findings"]
    for key in ("captures", "models", "summary", "findings", "hosts", "judged_profile"):
        assert rows[key] == own[key]
    assert (rows["profile"], rows["judged_profile"]) == ("cic-2018", "cic-fixed")
    assert len(rows["flows"]) != len(own["flows"]) == rows["summary"]["flows"]
    assert {flow["finding"] for flow in rows["flows"]} == {flow["finding"] for flow in own["flows"]}
    jsonschema.validate(rows, report_schema())


def test_all_formats_say_the_same_and_review_reads_them(
    netad_pcap: Program, samples: Path, tmp_path: Path
) -> None:
    outputs = [tmp_path / f"r.{suffix}" for suffix in ("csv", "json", "jsonl", "parquet")]
    run = netad_pcap("analyze", samples / "port_scan.pcap", "--profile", "cic-2018",
                     *(word for output in outputs for word in ("-o", output)))  # fmt: skip
    assert run.code == ExitCode.DONE
    flows = json.loads(outputs[1].read_bytes())["flows"]
    lines = [json.loads(line) for line in outputs[2].read_bytes().splitlines()]
    typed = pl.read_parquet(outputs[3])
    assert lines[0]["judged_profile"] == "cic-fixed"
    assert lines[1:] == flows
    for name in ("Verdict", "Finding", "Label"):
        said = [flow[name.lower()] for flow in flows]
        assert said == typed[name].to_list() == table(outputs[0])[name].to_list()
    assert [flow["score"] for flow in flows] == pytest.approx(typed["Score"].to_list())
    review = netad_pcap("review", outputs[1])
    assert review.code == ExitCode.DONE
    assert "scan" in review.out


def test_standard_input_and_nfstream_give_the_rows_of_the_native_meter(
    netad_pcap: Program, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = samples / "browsing_dns.pcap"
    netad_pcap("analyze", capture, "--meter", "native", "--profile", "cic-2018",
               "-o", tmp_path / "a.csv")  # fmt: skip
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(capture.read_bytes())))
    run = netad_pcap("analyze", "-", "--meter", "nfstream", "--profile", "cic-2018",
                     "-o", tmp_path / "b.csv")  # fmt: skip
    assert run.code == ExitCode.DONE
    named = ["Application", "Server Name", "Client Fingerprint", "Server Fingerprint", "Capture",
             "Last Capture"]  # fmt: skip
    one, two = table(tmp_path / "a.csv"), table(tmp_path / "b.csv")
    assert one.drop(named).equals(two.drop(named))
    assert two["Application"].drop_nulls().len() > 0


def test_cutting_the_input_changes_no_row(
    netad_pcap: Program, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = samples / "port_scan.pcap"
    arguments = ("--meter", "native", "--profile", "cic-2018", "--join")
    netad_pcap("analyze", capture, *arguments, "-o", tmp_path / "whole.csv")
    pieces = _cut(capture, [7, 300, 301, 800], tmp_path)
    monkeypatch.setattr("netad_pcap.metering.meter.BATCH_ROWS", 1)
    monkeypatch.setattr("netad_pcap.engine.judging._MOST_ROWS", 17)
    monkeypatch.setattr("netad_pcap.report.spool.MAX_ROWS", 5)
    netad_pcap("analyze", *pieces, *arguments, "-o", tmp_path / "pieces.csv")
    own = ["First Frame", "Last Frame", "Capture", "Last Capture"]
    whole, cut = table(tmp_path / "whole.csv").drop(own), table(tmp_path / "pieces.csv").drop(own)
    assert whole.equals(cut)


def test_captures_that_stand_alone_take_nothing_from_each_other(
    netad_pcap: Program, samples: Path, tmp_path: Path
) -> None:
    captures = [samples / "port_scan.pcap", samples / "password_attack.pcap"]
    arguments = ("--meter", "native", "--profile", "cic-2018")
    netad_pcap("analyze", *captures, *arguments, "-o", tmp_path / "both.csv")
    for number, capture in enumerate(captures):
        netad_pcap("analyze", capture, *arguments, "-o", tmp_path / f"{number}.csv")
    alone = pl.concat([table(tmp_path / "0.csv"), table(tmp_path / "1.csv")])
    assert table(tmp_path / "both.csv").drop("Finding").equals(alone.drop("Finding"))


def test_capture_without_a_flow(netad_pcap: Program, tmp_path: Path) -> None:
    (tmp_path / "arp.pcap").write_bytes(pcap([arp()]))
    outputs = [word for s in ("csv", "json", "jsonl", "parquet")
               for word in ("-o", tmp_path / f"r.{s}")]  # fmt: skip
    run = netad_pcap("analyze", tmp_path / "arp.pcap", "--profile", "cic-2018", *outputs)
    assert run.code == ExitCode.DONE
    document = json.loads((tmp_path / "r.json").read_bytes())
    assert (document["profile"], document["judged_profile"]) == ("cic-2018", "cic-fixed")
    jsonschema.validate(document, report_schema())


def _cut(capture: Path, packets: list[int], folder: Path) -> list[Path]:
    """A classic pcap in pieces that end behind so many packets."""
    data = capture.read_bytes()
    places = [24]
    while places[-1] < len(data):
        places.append(places[-1] + 16 + struct.unpack_from("<I", data, places[-1] + 8)[0])
    bounds = np.array(places)[[0, *packets, -1]].tolist()
    paths = []
    for number, (begin, end) in enumerate(itertools.pairwise(bounds)):
        paths.append(folder / f"piece{number}.pcap")
        paths[-1].write_bytes(data[:24] + data[begin:end])
    return paths
