"""Ctrl-C in the middle, and readers that go away: in processes of their own."""

from __future__ import annotations

import array
import fcntl
import json
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.synthetic import write_capture
from netad_pcap.errors import ExitCode
from tests.cli.captures import conversation, pcap


def _start(
    arguments: Sequence[str | Path], *, stdin: int | None = None, stdout: int | None = None
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "netad_pcap", *map(str, arguments)]
    return subprocess.Popen(
        command, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, start_new_session=True
    )


def _begin_standard_input(process: subprocess.Popen[bytes], packets: int) -> None:
    """Feed some packets and leave the pipe open, as a capture program does."""
    assert process.stdin is not None
    process.stdin.write(pcap(conversation(packets)))
    process.stdin.flush()


def _await_empty_pipe(process: subprocess.Popen[bytes]) -> None:
    """Until what is in the pipe is read; it then stays silent."""
    assert process.stdin is not None
    waiting = array.array("i", [1])
    while waiting[0] and process.poll() is None:
        time.sleep(0.05)
        fcntl.ioctl(process.stdin, termios.FIONREAD, waiting)


@pytest.mark.parametrize("meter", ["nfstream", "native"])
def test_first_ctrl_c_reports_what_was_read(meter: str, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    process = _start(
        ["analyze", "-", "--meter", meter, "--model", model, "-o", out], stdin=subprocess.PIPE
    )  # fmt: skip
    _begin_standard_input(process, 6)
    _await_empty_pipe(process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED, err
    report = json.loads(out.read_text(encoding="utf-8"))
    assert report["interrupted"] is True
    assert report["summary"]["flows"] == 1
    assert b"interrupted; what was read until then is in " in err
    assert b"Traceback" not in err


def test_second_ctrl_c_writes_no_file(tmp_path: Path) -> None:
    process = _start(["flows", "-", "-o", tmp_path / "out.csv"], stdin=subprocess.PIPE)
    _begin_standard_input(process, 6)
    _await_empty_pipe(process)
    process.send_signal(signal.SIGINT)
    time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED, err
    if (tmp_path / "out.csv").exists():  # the first was enough: the run had ended before
        assert b"what was read until then" in err
    else:
        assert b"no file was written" in err
    assert b"Traceback" not in err
    assert {path.name for path in tmp_path.iterdir()} <= {"out.csv"}


def test_ctrl_c_in_a_file_flushes_open_flows(tmp_path: Path) -> None:
    capture = tmp_path / "large.pcap"
    write_capture(capture, 400_000)
    out = tmp_path / "out.csv"
    process = _start(["flows", capture, "-o", out, "--meter", "native"])
    while process.poll() is None and not list(tmp_path.glob(".out.csv.*")):
        time.sleep(0.01)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    if process.returncode == ExitCode.DONE:
        pytest.skip("the machine was faster than the signal")
    assert process.returncode == ExitCode.INTERRUPTED, err
    assert len(out.read_text().splitlines()) > 1


def test_terminated_program_leaves_no_temporary_file(tmp_path: Path) -> None:
    process = _start(
        ["flows", "-", "-o", tmp_path / "out.csv"], stdin=subprocess.PIPE
    )  # fmt: skip
    _begin_standard_input(process, 6)
    while process.poll() is None and not list(tmp_path.iterdir()):
        time.sleep(0.05)
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 143
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["flows", "analyze"])
def test_closed_pipe_is_silent(command: str, model: Path, tmp_path: Path) -> None:
    capture = tmp_path / "many.pcap"
    judge: list[str | Path] = ["--model", model] if command == "analyze" else []
    frames = [f for port in range(2_000) for f in conversation(2, 30_000 + port)]
    capture.write_bytes(pcap(frames))
    process = _start(
        [command, capture, "-o", "-", "--format", "csv", "-q", *judge], stdout=subprocess.PIPE
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == ExitCode.READER_GONE
    assert err == b""
