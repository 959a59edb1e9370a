"""`netad-pcap drift`: exit codes, a table for people, JSON for programs."""

from __future__ import annotations

import json
from pathlib import Path

from netad_pcap.errors import ExitCode
from tests.cli.conftest import Program


def test_drift_fails_on_request_only(netad_pcap: Program, samples: Path, model: Path) -> None:
    scan = samples / "port_scan.pcap"
    run = netad_pcap("drift", scan, "--model", model)
    assert run.code == ExitCode.DONE
    assert "does not look like the baseline tests" in run.out
    assert "← analyze uses it" in run.out
    failed = netad_pcap("drift", scan, "--model", model, "--fail-on-drift", "--json")
    assert failed.code == ExitCode.FINDINGS
    told = json.loads(failed.out)
    assert not told["fits"]
    assert told["models"][0]["nearest"] == "tests"


def test_what_cannot_be_read_or_judged_ends_as_it_does_elsewhere(
    netad_pcap: Program, tmp_path: Path, capture: Path
) -> None:
    assert netad_pcap("drift", tmp_path / "none.pcap").code == ExitCode.CAPTURE
    assert netad_pcap("drift", capture, "--model", "no-such").code == ExitCode.MODEL
    assert netad_pcap("drift").code == ExitCode.USAGE


def test_names_of_captures_reach_the_terminal_without_control_codes(
    netad_pcap: Program, samples: Path, model: Path, tmp_path: Path
) -> None:
    scan = tmp_path / "\x1b]0;scan.pcap"
    scan.write_bytes((samples / "port_scan.pcap").read_bytes())
    run = netad_pcap("drift", scan, "--model", model, "-v", "--no-progress")
    assert run.code == ExitCode.DONE
    assert "scan.pcap: " in run.err
    assert "\x1b" not in run.err + run.out
