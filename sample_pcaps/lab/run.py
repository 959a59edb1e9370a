"""One scenario from nothing to nothing: built, served, recorded, written, taken down."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netad_pcap.training import write_truth
from sample_pcaps.lab.conductor import Conductor, check_scenario
from sample_pcaps.lab.errors import LabError
from sample_pcaps.lab.processes import Processes
from sample_pcaps.lab.scenario import Scenario
from sample_pcaps.lab.stage import prepare, start_services
from sample_pcaps.lab.truth import rules_of
from sample_pcaps.lab.wiring import LAN, Wiring

__all__ = ["Recorded", "record_scenario"]

#: In memory, and the lab's own: gone with its mount namespace.
_SHARED = Path("/run/lab")
_RECORDER_READY_S = 60.0
_SETTLES_S = 0.3


@dataclass(frozen=True)
class Recorded:
    """What a run left behind.

    Attributes:
        capture: the file; truth and journal stand beside it.
        packets: in it.
        starts: of activities.
    """

    capture: Path
    packets: int
    starts: int


def record_scenario(scenario: Scenario, folder: Path) -> Recorded:
    """Runs a scenario, within the namespaces of `isolation`.

    Args:
        scenario: what.
        folder: gets `NAME.pcap`, `NAME.truth.csv`, `NAME.journal.csv`; whole or not at all.

    Raises:
        LabError: something of it did not come up, or packets were lost.
    """
    check_scenario(scenario)
    wiring, processes = Wiring(scenario.network, scenario.name), Processes(_SHARED)
    part = folder / f".{scenario.name}.part"
    conductor = Conductor(scenario, wiring, processes, _SHARED)
    _SHARED.mkdir()
    try:
        wiring.build()
        prepare(wiring, _SHARED, scenario.seed)
        start_services(wiring, processes, _SHARED, scenario.seed)
        recorder = _begin_recording(wiring, processes, part)
        conductor.run()
        time.sleep(_SETTLES_S)
        counts = _end_recording(recorder)
        _write(scenario, conductor, part, folder)
    finally:
        processes.close()
        wiring.take_down()
        part.unlink(missing_ok=True)
    capture = folder / f"{scenario.name}.pcap"
    return Recorded(capture, counts["packets"], len(conductor.journal.entries))


def _begin_recording(wiring: Wiring, processes: Processes, path: Path) -> subprocess.Popen[Any]:
    recorder = processes.start(
        wiring.bridges,
        [sys.executable, "-m", "sample_pcaps.lab.recorder", LAN, str(path)],
        subprocess.PIPE,
    )
    assert recorder.stdout is not None
    if recorder.stdout.readline().strip() != b"recording":
        raise LabError("the recorder did not begin: is numba installed?")
    return recorder


def _end_recording(recorder: subprocess.Popen[Any]) -> dict[str, int]:
    recorder.terminate()
    said, _ = recorder.communicate(timeout=_RECORDER_READY_S)
    if recorder.returncode:
        raise LabError(f"the recorder failed (status {recorder.returncode})")
    counts: dict[str, int] = json.loads(said)
    if counts["dropped"]:
        raise LabError(f"{counts['dropped']} packets were lost; the machine was too busy")
    return counts


def _write(scenario: Scenario, conductor: Conductor, part: Path, folder: Path) -> None:
    capture = folder / f"{scenario.name}.pcap"
    rules = rules_of(conductor.journal.entries, capture.name, scenario.network.source)
    write_truth(rules, capture.with_suffix(".truth.csv"))
    conductor.journal.write(capture.with_suffix(".journal.csv"))
    part.replace(capture)
