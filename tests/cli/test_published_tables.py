"""Models of the papers' data sets judge captures: rows to learn from, the meter, the context."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from netad_pcap.errors import ExitCode
from tests.cli.conftest import Program

ROWS = 3_000


@pytest.fixture
def tables(shared_data: Path) -> Path:
    folder = shared_data / "tables"
    if not (folder / "kdd").is_dir():
        pytest.skip("no data sets' tables there")
    return folder


def _some(table: Path, mask: pl.Expr, out: Path) -> Path:
    rows = pl.read_parquet(table).filter(mask)
    assert len(rows) > ROWS / 2
    rows.sample(min(ROWS, len(rows)), seed=0).drop("day", strict=False).write_parquet(out)
    return out


def _auc(netad_pcap: Program, samples: Path, model: Path, attack: str, folder: Path) -> float:
    """Of an attack's flows against those of a quiet capture; both are told by a truth file."""
    names = ("browsing_dns", attack)
    lines = [(samples / f"{name}.truth.csv").read_text().splitlines() for name in names]
    truth = folder / "truth.csv"
    truth.write_text("\n".join([*lines[0], *lines[1][1:]]) + "\n")
    captures = [str(samples / f"{name}.pcap") for name in names]
    run = netad_pcap(
        "evaluate", *captures, "--truth", str(truth), "--model", str(model),
        "--split", "capture", "--json",
    )  # fmt: skip
    assert run.code == ExitCode.DONE, run.err
    (row,) = [r for r in json.loads(run.out)["per_capture"]["fused"] if r["family"] != "benign"]
    return float(row["auc"])


def test_a_model_of_kdd_cup_99_judges_a_capture(
    netad_pcap: Program, samples: Path, tables: Path, tmp_path: Path
) -> None:
    usual = _some(
        tables / "kdd" / "kddcup.data_10_percent.parquet",
        pl.col("label") == "normal.", tmp_path / "normal.parquet",
    )  # fmt: skip
    model = tmp_path / "kdd.netad"
    learnt = netad_pcap("train", str(usual), "--detector", "pca", "-o", str(model))
    assert learnt.code == ExitCode.DONE, learnt.err
    report = tmp_path / "report.csv"
    scan = str(samples / "port_scan.pcap")
    judged = netad_pcap("analyze", scan, "--model", str(model), "-o", str(report))
    assert judged.code == ExitCode.DONE, judged.err
    rows = pl.read_csv(report, infer_schema=False)
    # Context that the meter counted: a scan is refused, connection after connection.
    refused = rows["dst_host_rerror_rate"].cast(pl.Float64)
    assert (refused > 0.5).sum() > 100
    # … and the model speaks of it.
    assert rows["Reasons"].str.contains("rerror_rate").sum() > 100
    assert _auc(netad_pcap, samples, model, "port_scan", tmp_path) > 0.5


def test_a_model_of_cse_cic_ids2018_judges_a_capture(
    netad_pcap: Program, samples: Path, tables: Path, tmp_path: Path
) -> None:
    usual = _some(
        tables / "cic2018" / "bruteforce_loichttp.parquet",
        pl.col("Label") == "Benign", tmp_path / "benign.parquet",
    )  # fmt: skip
    model = tmp_path / "cic.netad"
    learnt = netad_pcap("train", str(usual), "--detector", "pca", "-o", str(model))
    assert learnt.code == ExitCode.DONE, learnt.err
    assert _auc(netad_pcap, samples, model, "syn_flood", tmp_path) > 0.5
