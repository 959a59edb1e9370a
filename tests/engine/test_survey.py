"""Passes beforehand: a capture's own quiet bulk as its baseline, Benjamini-Hochberg over it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.synthetic import write_capture
from netad_pcap.engine import analyze
from netad_pcap.errors import ModelError, UsageError


def _p_values(capture: Path, model: Path, **choices: object) -> tuple[np.ndarray, np.ndarray]:
    with analyze(capture, models=[model], **choices) as report:  # type: ignore[arg-type]
        rows = [batch.scored for batch in report.flows()]
    return (
        np.concatenate([scored.p_value for scored in rows]),
        np.concatenate([scored.verdict for scored in rows]),
    )


def test_false_discovery_rate_is_benjamini_and_hochberg(model: Path, samples: Path) -> None:
    p_values, _ = _p_values(samples / "port_scan.pcap", model)
    ordered = np.sort(p_values)
    n = len(ordered)
    rate = 0.2
    rejected = [p for k, p in enumerate(ordered.tolist(), start=1) if p <= k * rate / n]
    again, verdict = _p_values(samples / "port_scan.pcap", model, fdr=rate)
    assert rejected
    assert again.tolist() == p_values.tolist()
    assert (verdict > 0).tolist() == (p_values <= max(rejected)).tolist()


def test_where_nothing_is_rejected_nothing_is_flagged(model: Path, samples: Path) -> None:
    p_values, verdict = _p_values(samples / "browsing_dns.pcap", model, fdr=1e-6)
    assert (p_values > 0).all()
    assert not verdict.any()


def test_own_bulk_is_a_baseline_and_said(model: Path, samples: Path, tmp_path: Path) -> None:
    quiet = tmp_path / "quiet.pcap"
    write_capture(quiet, 12_000, flows_open=100)
    with analyze(quiet, models=[model], baseline="own-bulk", fpr=0.05) as report:
        assert [m.baseline for m in report.models] == ["own-bulk"]
        assert not report.models[0].shipped
        # Compared with itself traffic is not far from anything.
        assert report.models[0].drift is None
        assert not report.models[0].unsure
        assert report.seconds["read beforehand"] > 0
        assert report.settings["baseline"] == "own-bulk"
        assert any("own quiet bulk (weight of" in remark for remark in report.remarks)
        flagged = report.summary.unlike / report.summary.flows
    assert flagged < 0.05 + 0.2  # the budget, and what the loudest hosts that are left out weigh


def test_too_few_flows_in_the_bulk_say_how_many_are_needed(model: Path, samples: Path) -> None:
    with pytest.raises(ModelError, match=r"own-bulk, is calibrated on .* needs at least 999"):
        analyze(samples / "browsing_dns.pcap", models=[model], baseline="own-bulk", fpr=0.001)


def test_what_is_read_once_cannot_be_surveyed(model: Path, samples: Path) -> None:
    with pytest.raises(UsageError, match="can be read only once"):
        analyze("-", models=[model], fdr=0.1)
    with pytest.raises(UsageError, match="no baseline 'mine'"):
        analyze(samples / "port_scan.pcap", models=[model], baseline="mine")
