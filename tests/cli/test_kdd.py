"""`--profile kdd`: KDD's own table from a capture, read again, learnt from, and judged with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from netad_pcap import meter
from netad_pcap.capture.tables import open_flow_table
from netad_pcap.errors import ExitCode
from netad_pcap.flows import concatenate
from netad_pcap.schema import KDD_COLUMNS, PROFILES
from tests.cli.conftest import Program


def test_a_table_of_kdd_is_what_the_meter_gives(
    netad_pcap: Program, samples: Path, tmp_path: Path
) -> None:
    capture, out = str(samples / "port_scan.pcap"), tmp_path / "kdd.csv"
    run = netad_pcap("flows", capture, "--profile", "kdd", "-o", str(out))
    assert run.code == ExitCode.DONE
    assert "13 columns are empty, not 0: hot to is_guest_login" in run.err
    cells = pl.read_csv(out, infer_schema=False)
    assert tuple(cells.columns[:41]) == tuple(KDD_COLUMNS)
    assert cells["hot"].null_count() == len(cells)
    assert cells["serror_rate"].str.contains(r"^[01]\.\d\d$").all()
    assert cells["src_bytes"].str.contains(r"^\d+$").all()
    assert {"REJ", "SF"} <= set(cells["flag"].to_list())
    table = open_flow_table(out)
    assert table.profile == "kdd"
    read, metered = concatenate(table.batches()), concatenate(meter(capture, profile="kdd"))
    assert tuple(read.features) == PROFILES["kdd"].features
    for name, column in metered.features.items():
        np.testing.assert_array_equal(read.features[name], column, err_msg=name)
    scan = metered.features["rerror_rate"][metered.features["dst_host_rerror_rate"] > 0.5]
    assert (scan > 0.5).sum() > 100


def test_strict_knows_no_kdd(netad_pcap: Program, samples: Path) -> None:
    run = netad_pcap("flows", str(samples / "port_scan.pcap"), "--profile", "kdd", "--strict")
    assert run.code == ExitCode.USAGE
    assert "leave --strict out" in run.err


def test_a_model_of_a_kdd_table_judges_a_capture(
    netad_pcap: Program, samples: Path, tmp_path: Path
) -> None:
    table, model, report = (tmp_path / name for name in ("kdd.csv", "kdd.netad", "report.csv"))
    capture = str(samples / "syn_flood.pcap")
    netad_pcap("flows", capture, "--profile", "kdd", "-o", str(table))
    learnt = netad_pcap("train", str(table), "--detector", "autoencoder", "-o", str(model))
    assert learnt.code == ExitCode.DONE, learnt.err
    scan = str(samples / "port_scan.pcap")
    judged = netad_pcap("analyze", scan, "--model", str(model), "-o", str(report))
    assert judged.code == ExitCode.DONE, judged.err
    rows = pl.read_csv(report, infer_schema=False)
    assert rows["flag"].is_in(["REJ", "SF", "S0"]).sum() > 100
    assert rows["Finding"].null_count() < len(rows)
