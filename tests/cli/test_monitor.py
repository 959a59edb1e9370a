"""`monitor` as an operator meets it: words, exit codes, and a wire of our own."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.synthetic import write_capture
from netad_pcap.capture import open_capture
from netad_pcap.engine import METERS
from netad_pcap.errors import ExitCode
from tests.capture.namespace import FAR, Namespace, wire
from tests.cli.captures import conversation, pcap
from tests.cli.conftest import Program

#: No test waits longer for the program, seconds.
PATIENCE_S = 60


@pytest.fixture
def net() -> Iterator[Namespace]:
    with wire() as namespace:
        yield namespace


def lines(text: str | bytes) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def test_interfaces_are_listed(netad_pcap: Program) -> None:
    run = netad_pcap("monitor", "-D")
    assert run.code == ExitCode.DONE
    assert any(line.startswith("lo  Ethernet  ") for line in run.out.splitlines())


def test_capture_is_told_as_if_it_came_live(
    netad_pcap: Program, samples: Path, model: Path
) -> None:
    run = netad_pcap("monitor", "-r", samples / "port_scan.pcap", "--model", model)
    assert run.code == ExitCode.DONE
    assert {event["event"] for event in lines(run.out)} == {"finding"}
    told, remark = run.err.splitlines()
    assert "port_scan.pcap · 1,118 packets · 478 flows · 0 dropped · " in told
    assert remark == "  not metered: 6 ARP"


def test_quiet_says_nothing(netad_pcap: Program, samples: Path, model: Path) -> None:
    run = netad_pcap("monitor", "-q", "-r", samples / "browsing_dns.pcap", "--model", model)
    assert (run.code, run.err) == (ExitCode.DONE, "")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], ExitCode.USAGE, "name one interface (-D lists them), - or -r FILE"),
        (["lo", "-r", "x.pcap"], ExitCode.USAGE, "name one interface"),
        (["-", "--meter", "nfstream"], ExitCode.USAGE, "--meter nfstream is for interfaces"),
        (["lo", "--meter", "nfstream", "-w", "x"], ExitCode.USAGE, "tcpdump -i lo -w FILE"),
        (["lo", "--meter", "nfstream", "-f", "tpc"], ExitCode.USAGE, "-f 'tpc' is no filter"),
        (["eth77", "--meter", "nfstream"], ExitCode.RIGHTS, "no interface 'eth77'; there are lo"),
        (["lo", "-w", "-"], ExitCode.USAGE, "keep packets in a file"),
        (["lo", "-C", "5"], ExitCode.USAGE, "-C is for the files of -w"),
        (["eth77"], ExitCode.RIGHTS, "no interface 'eth77'; there are lo"),
        (["-r", "absent.pcap"], ExitCode.CAPTURE, "absent.pcap does not exist"),
        (["lo", "-w", "pyproject.toml"], ExitCode.OUTPUT, "pyproject.toml exists; use --force"),
    ],
)
def test_what_cannot_be_has_its_exit_code(
    arguments: list[str], code: ExitCode, words: str, netad_pcap: Program
) -> None:
    run = netad_pcap("monitor", *arguments)
    assert (run.code, run.out) == (code, "")
    assert words in run.err


@pytest.mark.parametrize("meter", METERS)
def test_without_the_right_it_says_how_to_get_it(meter: str) -> None:
    if shutil.which("setpriv") is None or sys.platform != "linux":
        pytest.skip("setpriv (util-linux) is not here")
    dropped = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"]
    if subprocess.run([*dropped, "true"], capture_output=True).returncode:
        pytest.skip("capabilities cannot be dropped here")
    run = subprocess.run(
        [*dropped, sys.executable, "-m", "netad_pcap", "monitor", "lo", "--meter", meter],
        capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == ExitCode.RIGHTS
    assert "no right to capture on lo; setcap cap_net_raw,cap_net_admin=eip /" in run.stderr
    assert "tcpdump -U -i INTERFACE -w - | netad-pcap monitor -" in run.stderr


def test_standard_input_is_told_and_kept(model: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "netad_pcap", "monitor", "-", "--all", "--model", str(model),
         "-w", str(tmp_path / "kept.pcapng")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stdin is not None
        process.stdin.write(pcap(conversation(60)))
        process.stdin.flush()
        _await(tmp_path / "kept.pcapng", 60)
        process.send_signal(signal.SIGINT)  # the pipe stays open
        out, err = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
    assert process.returncode == ExitCode.DONE, err
    assert [event["event"] for event in lines(out)] == ["flow"]


def test_closed_pipe_is_silent(model: Path, tmp_path: Path) -> None:
    write_capture(tmp_path / "many.pcap", 60_000, gap_us=20_000)
    process = subprocess.Popen(
        [sys.executable, "-m", "netad_pcap", "monitor", "--all", "-q", "--model", str(model),
         "-r", str(tmp_path / "many.pcap")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=PATIENCE_S) == ExitCode.READER_GONE
    assert err == b""


def test_what_is_seen_live_is_what_its_packets_give(
    net: Namespace, netad_pcap: Program, samples: Path, model: Path, tmp_path: Path
) -> None:
    """The promise of design 2: kept with -w and analyzed with --join, the same flows."""
    with open_capture(samples / "port_scan.pcap") as reader:
        frames = [
            block.data[block.offset[i] :][: block.captured[i]].tobytes()
            for block in reader.blocks()
            for i in range(len(block.frame))
        ]
    kept = tmp_path / "kept.pcapng"
    process = net.start(
        "monitor", FAR, "--all", "--model", model, "-w", kept,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        _send_until_seen(net, frames[:1], kept)
        for first in range(0, len(frames), 60):
            net.send(frames[first : first + 60])
            time.sleep(0.1)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
    assert process.returncode == ExitCode.DONE, err
    assert b" \xc2\xb7 0 dropped \xc2\xb7 " in err

    run = netad_pcap("analyze", kept, "--join", "--apps", "none", "-o", tmp_path / "kept.json")
    assert run.code == ExitCode.DONE
    report = json.loads((tmp_path / "kept.json").read_text(encoding="utf-8"))
    assert report["captures"][0]["packets"] > len(frames)
    told = lines(out)
    own = ("time", "event", "capture", "last_capture", "finding", "label")
    flows = [e for e in told if e["event"] == "flow"]
    for event, row in zip(flows, report["flows"], strict=True):
        # A finding takes in flows that were told before it was known, unflagged and without why.
        later = () if event["reasons"] or row["finding"] is None else ("reasons",)
        if event["finding"] is None and row["finding"] is not None:
            later = (*later, "score")
        assert _without(event, *own, *later) == _without(row, *own, *later)
    last = {e["id"]: e for e in told if e["event"] == "finding"}
    assert [_without(e, "time", "event", "state") for e in last.values()] == sorted(
        (_without(finding, "open") for finding in report["findings"]),
        key=lambda finding: int(finding["id"][1:]),
    )


def test_interface_that_goes_away_is_said(net: Namespace, model: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.pcapng"
    process = net.start(
        "monitor", FAR, "--all", "--model", model, "-w", kept,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        _send_until_seen(net, conversation(2), kept)
        net.ip("link", "del", FAR)
        out, err = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
    assert process.returncode == ExitCode.RIGHTS
    assert b"far0 went away; what came until then has been told" in err
    assert [event["event"] for event in lines(out)] == ["flow"]


def _without(row: Any, *keys: str) -> Any:
    return {key: value for key, value in row.items() if key not in keys}


def _send_until_seen(net: Namespace, frames: list[bytes], kept: Path) -> None:
    """The program needs a while before it captures."""
    until = time.monotonic() + PATIENCE_S
    while not kept.exists() and time.monotonic() < until:
        net.send(frames)
        time.sleep(0.2)
    assert kept.exists()


def _await(kept: Path, packets: int) -> None:
    """Until so many packets are kept."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if kept.exists() and kept.stat().st_size:
            with open_capture(kept) as reader:
                if sum(len(block.frame) for block in reader.blocks()) >= packets:
                    return
        time.sleep(0.1)
    pytest.fail("the packets were not kept")
