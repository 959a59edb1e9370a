"""`drift`: the same figures as a report's, for every flow and every feature."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netad_pcap.engine import analyze, drift
from netad_pcap.engine.drift_text import drift_json
from netad_pcap.errors import CaptureError


def test_drift_of_a_short_capture_is_the_report_s(model: Path, samples: Path) -> None:
    capture = samples / "port_scan.pcap"
    with analyze(capture, models=[model]) as report:
        told = report.models[0]
        flagged = report.summary.unlike / report.summary.flows
    mine = drift(capture, models=[model])
    assert mine.flows <= 1_000
    assert (mine.models[0].baseline, mine.models[0].nearest) == (told.baseline, told.nearest)
    assert mine.models[0].drift == told.drift
    fused = next(c for c in mine.models[0].calibration if c.scores == "fused")
    assert fused.flagged == pytest.approx(flagged)


def test_an_attack_is_unlike_the_baseline(model: Path, samples: Path) -> None:
    far = drift(samples / "port_scan.pcap", models=[model]).models[0]
    assert not far.fits
    assert far.columns[0].change == "changed"
    stabilities = [column.stability for column in far.columns]
    assert stabilities == sorted(stabilities, reverse=True)


def test_json_is_strict_and_holds_every_feature(model: Path, samples: Path) -> None:
    told = drift_json(drift(samples / "browsing_dns.pcap", models=[model]))
    again = json.loads(json.dumps(told, allow_nan=False))
    assert again["fits"] == all(m["fits"] for m in again["models"])
    assert len(again["models"][0]["columns"]) > 50


def test_nothing_to_compare_is_an_error(model: Path, samples: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pcap"
    empty.write_bytes((samples / "browsing_dns.pcap").read_bytes()[:24])
    with pytest.raises(CaptureError, match="no flow to compare"):
        drift(empty, models=[model])
