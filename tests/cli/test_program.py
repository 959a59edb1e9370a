"""Help, versions, usage, and what becomes of a defect."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from netad_pcap.cli import program
from netad_pcap.cli.program import COMMANDS
from netad_pcap.errors import ExitCode
from tests.cli.conftest import Program


def test_help_names_every_command(netad_pcap: Program) -> None:
    run = netad_pcap("--help")
    assert run.code == 0
    assert [name for name in COMMANDS if f"  {name} " not in run.out] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command: str, netad_pcap: Program) -> None:
    run = netad_pcap(command, "--help")
    assert run.code == 0
    assert run.out.startswith(f"Usage: netad-pcap {command} ")


def test_version_names_what_decides_results(netad_pcap: Program) -> None:
    run = netad_pcap("--version")
    assert run.code == 0
    assert run.out.startswith("netad-pcap ")
    assert "nfstream" in run.out
    assert run.err == ""


def test_no_command_is_wrong_usage(netad_pcap: Program) -> None:
    run = netad_pcap()
    assert run.code == ExitCode.USAGE
    assert run.out == ""
    assert run.err.startswith("Usage: ")


def test_a_baseline_that_no_model_has_is_wrong_usage(netad_pcap: Program, capture: Path) -> None:
    run = netad_pcap("analyze", capture, "--baseline", "plant")
    assert run.code == ExitCode.USAGE
    assert "no baseline 'plant'; use one of nearest, own-bulk, tests" in run.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["analyse"], "No such command 'analyse'"),
        (["analyze", "--colour"], "No such option"),
        (["analyze"], "name a capture"),
        (["analyze", "-", "-r", "-"], "only once"),
        (["analyze", "x.pcap", "--fpr", "2"], "--fpr"),
        (["flows", "x.pcap", "--profile", "cic-2017"], "--profile"),
        (["analyze", "x.pcap", "-c", "0"], "-c"),
    ],
)
def test_wrong_usage_is_one_line_and_2(
    arguments: list[str], says: str, netad_pcap: Program
) -> None:
    run = netad_pcap(*arguments)
    assert run.code == ExitCode.USAGE
    assert says in run.err
    assert run.err.startswith("netad-pcap: ")
    assert "--help" in run.err
    assert len(run.err.splitlines()) == 1


def test_defect_is_70_and_its_traceback_lies_in_a_file(
    netad_pcap: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("seven")

    monkeypatch.setattr(program.program, "invoke", broken)
    run = netad_pcap("doctor")
    assert run.code == ExitCode.DEFECT
    assert run.err.startswith("netad-pcap: a defect of ours (ValueError: seven); please report it")
    assert "Traceback" not in run.err
    file = next(Path(word) for word in run.err.split() if "traceback-" in word)
    assert "ValueError: seven" in file.read_text(encoding="utf-8")
    file.unlink()


def test_defect_shows_its_traceback_on_request(
    netad_pcap: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program.program, "invoke", lambda *_: 1 / 0)
    monkeypatch.setenv("NETAD_PCAP_TRACEBACK", "1")
    run = netad_pcap("doctor")
    assert run.code == ExitCode.DEFECT
    assert "Traceback" in run.err
    Path(run.err.split(" with ")[1].split()[0]).unlink()


def test_ctrl_c_before_anything_is_read_is_130(
    netad_pcap: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("netad_pcap.engine.doctor.examine", pressed)
    run = netad_pcap("doctor")
    assert run.code == ExitCode.INTERRUPTED
    assert run.err == "netad-pcap: interrupted: no file was written\n"


def test_control_characters_in_a_name_do_not_reach_the_terminal(netad_pcap: Program) -> None:
    run = netad_pcap("analyze", "evil\x1b[2J.pcap")
    assert run.code == ExitCode.CAPTURE
    assert "\x1b" not in run.err


def test_closed_pipe_is_141_and_silent() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as out:
        run = subprocess.run(
            [sys.executable, "-m", "netad_pcap", "doctor"],
            stdout=out, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert run.returncode == ExitCode.READER_GONE
    assert run.stderr == ""


def test_full_standard_output_is_6() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    with Path("/dev/full").open("wb") as out:
        run = subprocess.run(
            [sys.executable, "-m", "netad_pcap", "doctor"],
            stdout=out, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert run.returncode == ExitCode.OUTPUT
    assert run.stderr == "netad-pcap: cannot write the output: the disk is full\n"
