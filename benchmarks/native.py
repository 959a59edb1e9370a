"""The native meter from file to `FlowBatch`, against other meters on the same capture.

CPU time of the metering alone, without start-up, imports and compilation, all in one run and
turn by turn; one core. Who met fewer packets than nearly all is no peer.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.measuring import Section
from benchmarks.synthetic import write_capture

__all__ = ["measure"]

#: 2,000 connections at a time, 24 packets each; as many as the Java tool was measured on.
PACKETS, QUICK_PACKETS = 1_536_000, 96_000
ROUNDS = 5
#: NFStream leaves out a connection here and there (24 of 1,056,000 packets).
NEARLY_ALL = 0.999
#: Packets per CPU-second of the Java tool (`cic-2018`, 1.5 million packets of another capture).
JAVA = 46_000
#: Profile → how many times as fast as NFStream alone, argus and the Java tool.
TARGETS = {"cic-2018": (40, 4, 200), "cic-fixed": (25, 2.5, 130)}

# Both print CPU seconds, children's included, and packets; the first pass warms up.
_NATIVE = """
import json, sys, time
from netad_pcap import meter
for capture in sys.argv[2:]:
    begun, packets = time.process_time(), 0
    for flows in meter(capture, profile=sys.argv[1], meter="native"):
        packets += int(flows.features["Tot Fwd Pkts"].sum() + flows.features["Tot Bwd Pkts"].sum())
    seconds = time.process_time() - begun
print(json.dumps([seconds, packets]))
"""
_NFSTREAM = """
import json, os, sys
from nfstream import NFStreamer
begun = sum(os.times()[:4])
packets = sum(
    flow.bidirectional_packets for flow in NFStreamer(sys.argv[1], n_meters=1, n_dissections=0)
)
print(json.dumps([sum(os.times()[:4]) - begun, packets]))
"""


def measure(*, quick: bool = False) -> Section:
    """Packets per CPU-second by meter, and ratios of medians."""
    section = Section("native", "the native meter is so many times as fast, in CPU time")
    has_argus = all(map(shutil.which, ("argus", "ra")))
    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="netad-pcap-bench-") as name:
        capture, small = Path(name) / "large.pcap", Path(name) / "small.pcap"
        packets = QUICK_PACKETS if quick else PACKETS
        section.figures["packets"] = packets
        section.figures["connections"] = write_capture(capture, packets)
        write_capture(small, 1_000)
        for _ in range(1 if quick else ROUNDS):
            for profile in TARGETS:
                run = (_NATIVE, profile, str(small), str(capture))
                seconds.setdefault(profile, []).append(_metered(packets, *run))
            seconds.setdefault("NFStream", []).append(_metered(packets, _NFSTREAM, str(capture)))
            if has_argus:
                seconds.setdefault("argus", []).append(_argus(packets, capture))
    speed = {meter: packets / float(np.median(taken)) for meter, taken in seconds.items()}
    for meter, packets_s in speed.items():
        section.figures[f"{meter}: packets per CPU-second"] = packets_s
    for profile, (nfstream, argus, java) in TARGETS.items():
        section.at_least(f"{profile} / NFStream", speed[profile] / speed["NFStream"], nfstream)
        if has_argus:
            section.at_least(f"{profile} / argus", speed[profile] / speed["argus"], argus)
        section.at_least(f"{profile} / Java tool", speed[profile] / JAVA, java)
    section.figures["load average"] = os.getloadavg()[0]
    section.notes.append("NFStream alone: no plugin, no dissection, one meter")
    section.notes.append(f"the Java tool is not run here: {JAVA:,} packets per CPU-second")
    if not has_argus:
        section.notes.append("argus is not installed: left out")
    if quick:
        section.met = None
    return section


def _metered(packets: int, script: str, *arguments: str) -> float:
    """CPU seconds that a script tells.

    Raises:
        RuntimeError: it did not meter the capture.
    """
    run = [sys.executable, "-c", script, *arguments]
    seconds, seen = json.loads(subprocess.run(run, stdout=subprocess.PIPE, check=True).stdout)
    _check(seen, packets, script)
    return float(seconds)


def _argus(packets: int, capture: Path) -> float:
    """CPU seconds of argus as a process; its start-up is a few milliseconds.

    Raises:
        RuntimeError: it did not meter the capture.
    """
    records = capture.with_suffix(".argus")
    before = os.times()
    subprocess.run(["argus", "-r", str(capture), "-w", str(records)], check=True)
    after = os.times()
    ra = ["ra", "-r", str(records), "-n", "-s", "pkts", "-", "not", "man"]
    told = subprocess.run(ra, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    seen = sum(int(word) for word in told if word.isdigit())
    records.unlink()
    _check(seen, packets, "argus")
    return sum(after[2:4]) - sum(before[2:4])


def _check(seen: int, packets: int, who: str) -> None:
    if not NEARLY_ALL * packets <= seen <= packets:
        raise RuntimeError(f"{seen:,} of {packets:,} packets were metered by {who}")
