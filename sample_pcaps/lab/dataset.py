"""The data set of the lab: all scenarios, side by side, and how they are split.

    OUT/PART/NAME.pcap, .truth.csv, .journal.csv   a run as it was recorded
    OUT/PART/NAME-CONDITION.pcap, .truth.csv       the same run under another condition
    OUT/PART/truth.csv                             the truth of a whole part
    OUT/split.csv                                  what is where, and what of it training never saw
    OUT/counts.csv                                 flows by part and family

Parts: `train`; `test`, networks, runs, tools and conditions that training never sees; `test-run`,
a run of its own in a network that it does. Never split by row.
"""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import MappingProxyType

from netad_pcap import meter
from netad_pcap.families import BENIGN
from netad_pcap.flows import concatenate
from netad_pcap.training import Truth, read_truth, write_truth
from sample_pcaps.lab.errors import LabError
from sample_pcaps.lab.scenario import Scenario
from sample_pcaps.lab.scenarios import SCENARIOS

__all__ = ["CONDITIONS", "PARTS", "TEST_NETWORKS", "make_dataset", "write_tables"]

#: Networks that nothing is ever fitted to.
TEST_NETWORKS = ("branch", "factory", "agency")
_TEST_RUNS = ("things-probed",)


def _part_of(scenario: Scenario) -> str:
    if scenario.network.name in TEST_NETWORKS:
        return "test"
    return "test-run" if scenario.name in _TEST_RUNS else "train"


#: Scenario -> part. The smoke test is none of it.
PARTS: Mapping[str, str] = MappingProxyType(
    {name: _part_of(one) for name, one in SCENARIOS.items() if one.network.name != "smoke"}
)
#: Network -> the condition under which its runs are seen once more (`sample_pcaps.conditions`).
CONDITIONS: Mapping[str, str] = MappingProxyType(
    {
        "office": "wan",
        "things": "thin-link",
        "hosting": "dsl",
        "school": "lossy-wifi",
        "clinic": "lan",
        "plant": "vpn",
        "home": "dsl",
        "college": "wan",
        "branch": "mobile",
        "factory": "offload",
        "agency": "satellite",
    }
)
_CONDITIONS_MODULE = "sample_pcaps.conditions"
_STARTS_APART_S = 1.5


@dataclass(frozen=True)
class _Line:
    """A line of split.csv."""

    capture: str
    part: str
    network: str
    run: str
    condition: str
    tools: str
    new: str
    seconds: int
    sha256: str


def make_dataset(folder: Path, jobs: int) -> None:
    """Records all of it and writes its tables; captures that are there are kept.

    Args:
        folder: gets the parts.
        jobs: networks that run at a time; they are idle most of the time.

    Raises:
        LabError: a scenario failed; the others are there, and a second call makes the rest.
    """
    failed = _record(folder, jobs)
    if importlib.util.find_spec(_CONDITIONS_MODULE) is None:
        print(f"no {_CONDITIONS_MODULE} here: captures are there as recorded only")
    else:
        failed += _condition(folder)
    if failed:
        raise LabError(f"failed: {', '.join(failed)}; run it again for the rest")
    write_tables(folder)


def _record(folder: Path, jobs: int) -> list[str]:
    """Runs the scenarios, longest first, `jobs` at a time; those that failed."""
    waiting = sorted(
        (name for name in PARTS if not _capture(folder, name).exists()),
        key=lambda name: -SCENARIOS[name].seconds,
    )
    running: dict[str, subprocess.Popen[bytes]] = {}
    failed: list[str] = []
    try:
        while waiting or running:
            ended = [name for name, lab in running.items() if lab.poll() is not None]
            failed += [name for name in ended if running.pop(name).returncode]
            if waiting and len(running) < jobs:
                name = waiting.pop(0)
                running[name] = _start(name, _capture(folder, name).parent)
            time.sleep(_STARTS_APART_S)
    finally:
        for lab in running.values():
            lab.terminate()
        for lab in running.values():
            lab.wait()
    return failed


def _start(name: str, part: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "sample_pcaps.lab", "run", name, "-o", str(part)]
    return subprocess.Popen(command)


def _condition(folder: Path) -> list[str]:
    """Every recorded run under the condition of its network; those that failed."""
    failed = []
    for name in PARTS:
        recorded, seen = _capture(folder, name), _capture(folder, name, conditioned=True)
        if seen.exists() or not recorded.exists():
            continue
        scenario = SCENARIOS[name]
        command = [
            sys.executable, "-m", _CONDITIONS_MODULE, str(recorded), str(seen),
            "--condition", CONDITIONS[scenario.network.name], "--seed", str(scenario.seed),
        ]  # fmt: skip
        if subprocess.run(command).returncode:
            failed.append(seen.stem)
    return failed


def write_tables(folder: Path) -> None:
    """The truth of each part, the split and the counts, of the captures that are there."""
    lines = list(_lines(folder))
    for part in sorted(set(PARTS.values())):
        rules = [
            rule
            for line in lines
            if line.part == part
            for rule in read_truth(_truth(folder / line.capture)).rules
        ]
        if rules:
            write_truth(rules, folder / part / "truth.csv")
    with (folder / "split.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(_Line)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(line) for line in lines)
    _write_counts(folder, lines)


def _lines(folder: Path) -> Iterator[_Line]:
    known: set[str] = set()
    for part in ("train", "test-run", "test"):
        for name in (name for name, of in PARTS.items() if of == part):
            scenario = SCENARIOS[name]
            for conditioned in (False, True):
                capture = _capture(folder, name, conditioned=conditioned)
                if not capture.exists():
                    continue
                tools = {r.tool for r in read_truth(_truth(capture)).rules if r.tool}
                condition = CONDITIONS[scenario.network.name] if conditioned else "recorded"
                new = sorted(tools - known) if part != "train" else []
                if part == "train":
                    known |= tools
                yield _Line(
                    str(capture.relative_to(folder)), part, scenario.network.name, name, condition,
                    "; ".join(sorted(tools)), "; ".join(new), round(scenario.seconds),
                    hashlib.sha256(capture.read_bytes()).hexdigest(),
                )  # fmt: skip


def _write_counts(folder: Path, lines: Sequence[_Line]) -> None:
    """Flows (cic-fixed), captures and networks by part and family; traffic time by part."""
    flows: Counter[tuple[str, str]] = Counter()
    where: dict[tuple[str, str], set[str]] = {}
    networks: dict[tuple[str, str], set[str]] = {}
    for line in lines:
        truth = read_truth(_truth(folder / line.capture))
        for family, count in _families(folder / line.capture, truth).items():
            key = line.part, family
            flows[key] += count
            where.setdefault(key, set()).add(line.capture)
            networks.setdefault(key, set()).add(line.network)
    with (folder / "counts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["part", "family", "flows", "captures", "networks"])
        for key in sorted(flows, key=lambda key: (key[0], key[1] != BENIGN, key[1])):
            writer.writerow([*key, flows[key], len(where[key]), len(networks[key])])
    for part in sorted({line.part for line in lines}):
        seconds = sum(line.seconds for line in lines if line.part == part)
        recorded = sum(
            line.seconds for line in lines if line.part == part and line.condition == "recorded"
        )
        print(f"{part}: {recorded / 60:.0f} min recorded, {seconds / 60:.0f} min with conditions")


def _families(capture: Path, truth: Truth) -> Counter[str]:
    flows = concatenate(list(meter(capture, profile="cic-fixed")))
    return Counter(truth.families_of(flows, capture.name).tolist())


def _capture(folder: Path, name: str, *, conditioned: bool = False) -> Path:
    tail = f"-{CONDITIONS[SCENARIOS[name].network.name]}" if conditioned else ""
    return folder / PARTS[name] / f"{name}{tail}.pcap"


def _truth(capture: Path) -> Path:
    return capture.with_suffix(".truth.csv")
