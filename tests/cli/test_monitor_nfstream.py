"""`monitor --meter nfstream`: what NFStream captures, as an operator meets it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from netad_pcap.capture import open_capture
from netad_pcap.errors import ExitCode
from netad_pcap.report import event_schema
from tests.capture.namespace import FAR, Namespace, wire
from tests.cli.captures import conversation
from tests.cli.conftest import Program

#: No test waits longer for the program, seconds.
PATIENCE_S = 60
#: The kernel hands packets to NFStream once a second at the latest, our plugin then to us.
HANDED_OVER_S = 1.5

Watch = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def net() -> Iterator[Namespace]:
    with wire() as namespace:
        yield namespace


@pytest.fixture
def watch(net: Namespace, model: Path) -> Iterator[Watch]:
    """Starts a monitor, and waits until it captures."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*options: str) -> subprocess.Popen[bytes]:
        process = net.start(
            "monitor", FAR, "--meter", "nfstream", "--all", "--model", model, *options,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        started.append(process)
        _until(lambda: any(" 0003 " in line for line in _packet_sockets(net)))
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_flows_are_those_of_the_capture(
    net: Namespace, watch: Watch, netad_pcap: Program, samples: Path, tmp_path: Path
) -> None:
    sample = samples / "browsing_dns.pcap"
    process = watch()
    frames = _frames(sample)
    for first in range(0, len(frames), 60):
        net.send(frames[first : first + 60])
        time.sleep(0.02)
    time.sleep(HANDED_OVER_S)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == ExitCode.DONE, err
    said = err.decode().splitlines()
    assert said[0].startswith("NFStream captures: a flow that is over is told with the next")
    assert "times have milliseconds where the models learnt from microseconds" in said[0]
    assert " · 0 dropped · " in said[1]

    run = netad_pcap("analyze", sample, "--meter", "nfstream", "-q", "-o", tmp_path / "whole.json")
    assert run.code == ExitCode.DONE
    report = json.loads((tmp_path / "whole.json").read_text(encoding="utf-8"))
    told = [json.loads(line) for line in out.splitlines()]
    flows = [event for event in told if event["event"] == "flow"]
    assert _outlines(flows) == _outlines(report["flows"])
    assert {event["clock"] for event in told} == {"ms"}
    assert all(event["timestamp"].endswith("000Z") for event in flows)
    validator = jsonschema.Draft202012Validator(event_schema())
    for event in told:
        validator.validate(event)


def test_it_ends_behind_as_many_packets_as_asked(net: Namespace, watch: Watch) -> None:
    process = watch("-c", "20", "-f", "udp")
    net.send(conversation(50))
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == ExitCode.DONE, err
    (flow,) = (json.loads(line) for line in out.splitlines())
    assert flow["features"]["Tot Fwd Pkts"] + flow["features"]["Tot Bwd Pkts"] == 20


def test_death_of_nfstream_is_an_error_within_seconds(watch: Watch) -> None:
    process = watch()
    (worker,) = _children(process.pid)  # `ip netns exec` has become the program
    (meter,) = _children(worker)
    os.kill(meter, signal.SIGKILL)
    _, err = process.communicate(timeout=10)
    assert process.returncode == ExitCode.DEFECT
    assert b"far0: NFStream did not finish: its meter process died" in err
    assert not Path("/proc", str(worker)).exists()


def test_interface_that_goes_away_is_said(net: Namespace, watch: Watch) -> None:
    process = watch()
    net.send(conversation(2))
    time.sleep(HANDED_OVER_S)
    net.ip("link", "del", FAR)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == ExitCode.RIGHTS, err
    assert b"far0 went away; what came until then has been told" in err
    assert [json.loads(line)["event"] for line in out.splitlines()] == ["flow"]


def _outlines(flows: list[Any]) -> Counter[tuple[Any, ...]]:
    """Five-tuple, application and packets of each flow."""
    identity = ("src_ip", "src_port", "dst_ip", "dst_port", "protocol", "application")
    packets = ("Tot Fwd Pkts", "Tot Bwd Pkts")
    return Counter(
        (*(flow[key] for key in identity), *(flow["features"][key] for key in packets))
        for flow in flows
    )


def _frames(capture: Path) -> list[bytes]:
    with open_capture(capture) as reader:
        return [
            block.data[block.offset[i] :][: block.captured[i]].tobytes()
            for block in reader.blocks()
            for i in range(len(block.frame))
        ]


def _packet_sockets(net: Namespace) -> list[str]:
    """Lines of packet(7) sockets; one that captures has protocol 0003, all of them."""
    return net.inside(lambda: Path("/proc/thread-self/net/packet").read_text()).splitlines()


def _children(parent: int) -> list[int]:
    return [
        int(child)
        for children in Path("/proc", str(parent), "task").glob("*/children")
        for child in children.read_text().split()
    ]


def _until(seen: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.1)
