"""Names found out afterwards: the same as when NFStream reads the whole capture."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netad_pcap
from netad_pcap.errors import Defect, UsageError
from netad_pcap.metering.nfstream_feed import NFStreamFeed

NAMES = ["Application", "Server Name", "Client Fingerprint", "Server Fingerprint"]


def analyzed(capture: Path, model: Path, **choices: Any) -> Any:
    """All rows as a DataFrame, and the remarks."""
    with netad_pcap.analyze(capture, models=[model], **choices) as report:
        return report.to_pandas(), list(report.remarks)


@pytest.mark.parametrize(
    "name", ["browsing_dns.pcap", "ipv6_vlan.pcap", "password_attack.pcap", "port_scan.pcap"]
)
def test_all_names_are_those_of_the_nfstream_meter(name: str, samples: Path, model: Path) -> None:
    ours, _ = analyzed(samples / name, model, meter="native", apps="all")
    theirs, _ = analyzed(samples / name, model, meter="nfstream")
    assert len(ours) == len(theirs)
    told = (ours["Protocol"] != 6) | (ours["TotLen Fwd Pkts"] + ours["TotLen Bwd Pkts"] > 0)
    assert ours.loc[told, NAMES].equals(theirs.loc[told, NAMES])
    assert ours.loc[~told, NAMES].isna().all(axis=None)
    assert ours["Application"].notna().any()


def test_only_flagged_rows_are_named_by_default(samples: Path, model: Path) -> None:
    rows, _ = analyzed(samples / "browsing_dns.pcap", model, meter="native", fpr=0.2)
    flagged = (rows["Verdict"] != "benign") | rows["Finding"].notna()
    assert 0 < flagged.sum() < len(rows)
    assert rows.loc[flagged, "Application"].notna().any()
    assert rows.loc[~flagged, NAMES].isna().all(axis=None)
    none, _ = analyzed(samples / "browsing_dns.pcap", model, meter="native", fpr=0.2, apps="none")
    assert none[NAMES].isna().all(axis=None)


def test_of_a_flood_only_the_first_flagged_flows_are_named(
    samples: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netad_pcap.engine.naming.MOST_FLAGGED", 2)
    rows, remarks = analyzed(samples / "browsing_dns.pcap", model, fpr=0.2)
    assert rows["Application"].notna().sum() == 2
    assert remarks == [
        "applications are named of the first 2 flagged flows; --apps all names every flow"
    ]


def test_rows_of_another_profile_and_several_captures(
    samples: Path, model: Path, tmp_path: Path
) -> None:
    packed = tmp_path / "packed.pcap.gz"
    packed.write_bytes(gzip.compress((samples / "password_attack.pcap").read_bytes()))
    captures: Any = [samples / "browsing_dns.pcap", packed]
    choices: dict[str, Any] = {"models": [model], "profile": "cic-2018"}
    with netad_pcap.analyze(captures, meter="native", apps="all", **choices) as report:
        ours = report.to_pandas()
    with netad_pcap.analyze(captures, meter="nfstream", **choices) as report:
        theirs = report.to_pandas()
    told = (ours["Protocol"] != 6) | (ours["TotLen Fwd Pkts"] + ours["TotLen Bwd Pkts"] > 0)
    assert ours.loc[told, NAMES].equals(theirs.loc[told, NAMES])
    assert ours.loc[ours["Capture"] == str(packed), "Application"].isin(["SSH"]).any()


def test_standard_input_cannot_be_named(
    samples: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (samples / "browsing_dns.pcap").open(encoding="latin-1") as file:
        monkeypatch.setattr("sys.stdin", file)
        rows, remarks = analyzed(Path("-"), model, meter="native", apps="all")
    assert rows[NAMES].isna().all(axis=None)
    assert remarks == ["applications are not named: standard input cannot be read twice"]


def test_failing_nfstream_costs_no_report(
    samples: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: NFStreamFeed) -> Any:
        raise Defect("x.pcap: NFStream did not finish: its meter process died")

    monkeypatch.setattr(NFStreamFeed, "__iter__", fails)
    capture = samples / "browsing_dns.pcap"
    rows, remarks = analyzed(capture, model, meter="native", apps="all")
    assert np.isfinite(rows["Score"]).all()
    assert remarks == [
        f"applications in {capture} are not named: x.pcap: NFStream did not finish: its meter "
        "process died"
    ]


def test_unknown_choice(samples: Path) -> None:
    with pytest.raises(UsageError, match="flagged, all, none"):
        netad_pcap.analyze(samples / "browsing_dns.pcap", apps="some")
