"""The smoke scenario, in namespaces: recorded, labelled, checked, and nothing is left of it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from netad_pcap import meter
from netad_pcap.flows import concatenate
from netad_pcap.training import Rule, read_truth, write_truth
from sample_pcaps.lab.checking import check_capture
from sample_pcaps.lab.journal import read_journal

_MARK = "NETAD_LAB_TEST"


@pytest.fixture(autouse=True)
def _able() -> None:
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("the lab needs Linux and root")
    if shutil.which("ip") is None or shutil.which("openssl") is None:
        pytest.skip("the lab needs ip (iproute2) and openssl")
    made = subprocess.run(["unshare", "--net", "--pid", "--mount", "--fork", "true"])
    if made.returncode:
        pytest.skip("no namespaces here")


FAILS = """
from dataclasses import replace
from pathlib import Path
from sample_pcaps.lab.isolation import in_isolation
from sample_pcaps.lab.run import record_scenario
from sample_pcaps.lab.scenarios import SCENARIOS
smoke = SCENARIOS["smoke"]
scenario = replace(smoke, network=replace(smoke.network, mtu=20))
raise SystemExit(in_isolation(lambda: record_scenario(scenario, Path(".")).packets))
"""

#: Pollers, peers, telephones, things that look around: what needs the standard library only.
HARMLESS = """
from pathlib import Path
from sample_pcaps.lab.isolation import in_isolation
from sample_pcaps.lab.run import record_scenario
from sample_pcaps.lab.scenario import Activity, Host, Network, Scenario
network = Network(
    "chatter", "198.18.2.0/24", "198.19.2.0/24", "fd1a:2::/64", "fd1a:2:1::/64",
    hosts=(
        Host("pc1"), Host("pc2"), Host("tv1", ("found",)), Host("tv2", ("found",)),
        Host("plc", ("udp-fins", "udp-bacnet", "modbus")), Host("logs", ("reports",)),
        Host("voip", ("voice",)), Host("bad"), Host("pmu", ("phasors",)),
        Host("mute", ("mute",)), Host("press", ("late",)),
        Host("far", ("carrier",), outside=True),
        Host("crowd", ("peers",), outside=True, also="198.19.112.0/22"),
    ),
)
look = {"wait": 2, "seconds": 7}
scenario = Scenario("chatter", network, 9, seed=5, activities=(
    Activity("gossip", "pc1", "crowd", how={"rate": 12}),
    Activity("peer_calls", "crowd", "pc1|pc2", every=4, how={"rate": 4, "seconds": 3}),
    *(Activity("look_around", "pc*|tv1", "plc", how={"way": way, **look})
      for way in ("ssdp", "ssdp_notify", "mdns", "dhcp", "netbios_names", "bacnet_who")),
    Activity("phone_call", "pc2", "voip", how={"most": 4}),
    Activity("poll_fins", "pc2", "plc|tv1", every=2, how={"times": 10, "wait": 0.1}),
    Activity("poll_bacnet", "pc1", "plc", how={"kept": True, "times": 10, "wait": 0.1}),
    Activity("poll_anew", "pc2", "plc|tv1", every=2, how={"times": 10, "wait": 0.1}),
    Activity("send_logs", "tv1", "logs|tv2", every=2, how={"rate": 5, "seconds": 2}),
    *(Activity("gather_phasors", "pc1", to, how={"patience": 1, "seconds": 7})
      for to in ("pmu", "mute", "tv2")),
    Activity("seek_controller", "pc2", "press", how={"wait": 1, "seconds": 6}),
    Activity("keep_trying", "pc1", "logs", how={"wait": 0.5, "rounds": 10}),
    Activity("tunnel_short_straight", "tv2", "far", how={"rate": 6, "seconds": 5}),
    Activity("scan_slow", "bad", "plc|tv1", start=1, how={"ports": 30, "wait": 0.05}),
))
def work():
    record_scenario(scenario, Path.cwd())
    return 0
raise SystemExit(in_isolation(work))
"""


def begin(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """The lab, and the mark that all its processes carry."""
    mark = f"{_MARK}={uuid.uuid4()}"
    name, value = mark.split("=")
    command = [sys.executable, "-m", "sample_pcaps.lab", "run", "smoke", "-o", str(folder)]
    lab = subprocess.Popen(
        command,
        env=os.environ | {name: value},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    return lab, mark


def marked(mark: str) -> list[str]:
    """Commands of the processes that carry a mark."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def wires() -> set[str]:
    return {path.name for path in Path("/sys/class/net").iterdir()}


def names() -> set[str]:
    folder = Path("/run/netns")
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


@pytest.fixture
def before() -> Iterator[None]:
    """Afterwards the machine has the interfaces and namespaces that it had before."""
    had = wires(), names()
    yield
    assert (wires(), names()) == had


def assert_a_false_truth_is_found(capture: Path, rules: tuple[Rule, ...]) -> None:
    """A rule at another time, and one that takes a harmless host's flows."""
    scan = next(rule for rule in rules if rule.family == "scan")
    late = replace(scan, start=scan.start + 60 if scan.start else None)
    wide = replace(scan, src="", start=None, end=None)
    write_truth([late, wide], capture.with_suffix(".truth.csv"))
    checked = check_capture(capture)
    assert checked.empty_rules == (late,)
    assert checked.ambiguous >= 3
    assert len(checked.problems) == 2


@pytest.mark.usefixtures("before")
def test_smoke_scenario_is_recorded_and_its_truth_is_true(tmp_path: Path) -> None:
    lab, mark = begin(tmp_path)
    said, complained = lab.communicate(timeout=90)
    assert lab.returncode == 0, said + complained
    assert marked(mark) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "smoke.journal.csv", "smoke.pcap", "smoke.truth.csv",
    ]  # fmt: skip
    checked = check_capture(tmp_path / "smoke.pcap")
    assert checked.problems == []
    assert checked.flows["scan"] >= 20
    assert checked.flows["brute_force"] >= 1
    assert checked.flows["benign"] >= 5
    truth = read_truth(tmp_path / "smoke.truth.csv")
    assert truth.source_of("smoke.pcap") == "netad-pcap/lab/smoke"
    assert_a_false_truth_is_found(tmp_path / "smoke.pcap", truth.rules)
    assert {entry.host for entry in read_journal(tmp_path / "smoke.journal.csv")} == {
        "pc1", "pc2", "bad",
    }  # fmt: skip


@pytest.mark.usefixtures("before")
def test_what_harmless_programs_say_is_what_their_touches_say(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HARMLESS], cwd=tmp_path, capture_output=True, text=True, timeout=90
    )
    assert (done.returncode, done.stderr) == (0, "")
    entries = read_journal(tmp_path / "chatter.journal.csv")
    checked = check_capture(tmp_path / "chatter.pcap")
    # Few flows are unexplained: a group joined while it is recorded, an answer that came too late.
    assert checked.problems == []
    assert checked.flows["scan"] >= 30
    assert checked.flows["tunnel"] >= 15
    assert checked.flows["benign"] >= 150
    flows = concatenate(list(meter(tmp_path / "chatter.pcap", profile="cic-fixed")))
    for what in sorted({entry.what for entry in entries}):
        made = [entry for entry in entries if entry.what == what]
        rules = [Rule(src=e.src, dst=e.dst, dst_port=e.dst_port, protocol=e.protocol) for e in made]
        assert any(rule.matches(flows).any() for rule in rules), what


@pytest.mark.usefixtures("before")
def test_nothing_is_left_of_a_start_that_failed(tmp_path: Path) -> None:
    mark = str(uuid.uuid4())
    done = subprocess.run(
        [sys.executable, "-c", FAILS], env=os.environ | {_MARK: mark},
        cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("lab: ip, in netad-lab-smoke-bridges: ")
    assert marked(f"{_MARK}={mark}") == []
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("before")
def test_name_that_is_taken_is_refused_and_left_alone(tmp_path: Path) -> None:
    taken = "netad-lab-smoke-web"
    subprocess.run(["ip", "netns", "add", taken], check=True)
    try:
        lab, _ = begin(tmp_path)
        _, complained = lab.communicate(timeout=30)
        assert lab.returncode == 1
        assert f"{taken} exists" in complained
        assert taken in names()
    finally:
        subprocess.run(["ip", "netns", "del", taken], check=True)


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_nothing_is_left_of_a_lab_that_is_stopped(
    tmp_path: Path, number: signal.Signals, status: int
) -> None:
    lab, mark = begin(tmp_path)
    end = time.monotonic() + 30
    while not list(tmp_path.glob(".smoke.part")):
        assert time.monotonic() < end
        assert lab.poll() is None
        time.sleep(0.05)
    assert len(marked(mark)) > 5
    lab.send_signal(number)
    lab.communicate(timeout=30)
    assert lab.returncode == status
    end = time.monotonic() + 5
    while marked(mark) and time.monotonic() < end:
        time.sleep(0.05)
    assert marked(mark) == []
    assert not list(tmp_path.glob("smoke*"))
