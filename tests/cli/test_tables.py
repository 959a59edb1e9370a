"""Flow tables where captures could stand: what they lack is left out, by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.cli.conftest import Program

IDENTITY = ("Flow ID", "Src IP", "Dst IP", "Timestamp", "Community ID")
Cut = Callable[..., Path]


@pytest.fixture
def cut(samples: Path, tmp_path: Path, netad_pcap: Program) -> Cut:
    """Writes the flows of a sample as a table without some columns."""
    whole = tmp_path / "whole.csv"
    capture = samples / "port_scan.pcap"
    assert netad_pcap("flows", capture, "--meter", "native", "--profile", "cic-fixed",
                      "-o", whole).code == 0  # fmt: skip

    def write(name: str, *without: str) -> Path:
        path = tmp_path / name
        pl.read_csv(whole, infer_schema=False).drop(without).write_csv(path)
        return path

    return write


def test_whole_table_gives_the_findings_of_its_capture(
    netad_pcap: Program, cut: Cut, samples: Path, tmp_path: Path
) -> None:
    table, reports = cut("flows.csv"), [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    run = netad_pcap("analyze", samples / "port_scan.pcap", "--apps", "none", "-o", reports[0])
    assert "context made" not in run.err
    run = netad_pcap("analyze", table, "-o", reports[1])
    assert run.code == 0
    assert "left out" not in run.err
    assert run.err.count("context made from the table: which flows were open, refused or") == 1
    assert "models: autoencoder 0, lstm 0, behaviour 0 (" in run.err
    whole, again = (pl.read_parquet(report) for report in reports)
    assert (again["Finding"].fill_null("") == whole["Finding"].fill_null("")).mean() > 0.99  # type: ignore[operator]
    assert (again["Verdict"] == whole["Verdict"]).mean() > 0.99  # type: ignore[operator]
    close = (again["score:behaviour"] - whole["score:behaviour"]).abs() <= 0.1 * (
        whole["score:behaviour"].abs()
    )
    assert close.mean() > 0.95  # type: ignore[operator]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_reports_are_tables_too(
    netad_pcap: Program, samples: Path, tmp_path: Path, suffix: str
) -> None:
    first, second = tmp_path / f"first{suffix}", tmp_path / "second.parquet"
    assert netad_pcap("analyze", samples / "port_scan.pcap", "-o", first).code == 0
    run = netad_pcap("analyze", first, "-o", second)
    assert run.code == 0
    assert "behaviour 0 (" in run.err
    assert (pl.read_parquet(second)["Verdict"] != "benign").sum() > 400


def test_a_table_is_told_as_its_capture(
    netad_pcap: Program, cut: Cut, samples: Path, tmp_path: Path
) -> None:
    """Its rows in their order, from when to when, and how many attempts were refused."""
    out, document = tmp_path / "report.parquet", tmp_path / "report.json"
    capture = netad_pcap("analyze", samples / "port_scan.pcap", "--apps", "none")
    table = pl.read_csv(cut("flows.csv"), infer_schema=False).sample(
        fraction=1.0, shuffle=True, seed=3
    )
    table.write_csv(tmp_path / "shuffled.csv")
    run = netad_pcap("analyze", tmp_path / "shuffled.csv", "-o", out, "-o", document)
    assert run.code == 0
    keys = ["Src IP", "Src Port", "Dst IP", "Dst Port", "First Frame"]
    report = pl.read_parquet(out)
    assert report.select(pl.col(keys).cast(pl.String)).equals(table.select(keys))
    # The capture begins with ARP.
    assert "2026-03-03 09:00:00 to 09:02:47 UTC" in capture.err.splitlines()[0]
    assert "2026-03-03 09:00:22 to 09:02:47 UTC" in run.err.splitlines()[0]
    (told,) = json.loads(document.read_bytes())["captures"]
    assert told["start"].startswith("2026-03-03T09:00:22.")
    for words in ("11% unanswered", "88% refused"):
        assert words in capture.err
        assert words in run.err


def test_missing_flags_are_named(netad_pcap: Program, cut: Cut) -> None:
    run = netad_pcap("analyze", cut("flags.csv", "Bwd RST Flags"))
    assert run.code == 4
    assert "behaviour (reads what hosts did lately; the table has no Bwd RST Flags)" in run.err


def test_without_addresses_the_lstm_is_left_out_and_hosts_are_not_found(
    netad_pcap: Program, cut: Cut, tmp_path: Path
) -> None:
    out, document = tmp_path / "report.parquet", tmp_path / "report.json"
    run = netad_pcap("analyze", cut("bare.csv", *IDENTITY), "-o", out, "-o", document)
    assert run.code == 0
    assert "models: autoencoder 0 (cic-fixed)" in run.err
    assert (
        "left out: lstm (reads the last 10 flows of each source host; the table has no Src IP and "
        "no Timestamp)" in run.err
    )
    assert "without time stamps" in run.err
    assert "no findings: the table has no Src IP and no Dst IP and no Timestamp" in run.err
    assert "No finding" not in run.err
    assert "the reports tell of no host" in netad_pcap("review", document).out
    header = json.loads(document.read_bytes())
    assert [remark.split(" (")[0] for remark in header["remarks"]] == [
        "no findings: the table has no Src IP and no Dst IP and no Timestamp", "left out: lstm",
        "left out: behaviour",
    ]  # fmt: skip
    assert header["models"][0]["detectors"] == ["autoencoder 0"]
    report = pl.read_parquet(out)
    assert "score:lstm" not in report.columns
    assert report["Score"].null_count() == 0


def test_nobody_left_ends_in_4(netad_pcap: Program, cut: Cut) -> None:
    run = netad_pcap("analyze", cut("barer.csv", *IDENTITY, "Fwd TCP Retrans. Count"))
    assert run.code == 4
    assert "autoencoder (reads columns that the table lacks: Fwd TCP Retrans. Count)" in run.err
    assert "lstm (reads the last 10 flows" in run.err


def test_table_of_another_profile_ends_in_4(netad_pcap: Program, shared_data: Path) -> None:
    table = shared_data / "tables" / "cic2018" / "web_loicudp.parquet"
    run = netad_pcap("analyze", table)
    assert run.code == 4
    assert "fitted to flows of cic-fixed; these are of cic-2018" in run.err


def test_tables_of_unlike_columns_are_refused(netad_pcap: Program, cut: Cut) -> None:
    run = netad_pcap("analyze", cut("a.csv"), cut("b.csv", "Flow ID", "Src IP"))
    assert run.code == 2
    assert "b.csv has other columns than" in run.err


def test_train_and_evaluate_take_tables(netad_pcap: Program, cut: Cut, tmp_path: Path) -> None:
    table, own = cut("bare.csv", *IDENTITY), tmp_path / "own.netad"
    run = netad_pcap("train", table, "-o", own)
    assert run.code == 0
    assert "left out: own baseline for autoencoder, lstm, mlp, behaviour, names (each" in run.err
    assert netad_pcap("train", table, "-o", own).code == 6
    assert netad_pcap("train", table, "-o", own, "--force").code == 0
    run = netad_pcap("evaluate", table, "--model", own, "--alerts-per-day", "1")
    assert run.code == 2
    assert "labels no flow" in run.err
