"""CPU time, memory and load of what is measured."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Command", "Section", "cpu_seconds", "machine", "run_command", "wall_seconds"]


@dataclass
class Section:
    """What one benchmark says.

    Attributes:
        name: of the section.
        claim: the figure asked for, in words.
        figures: name → number or text.
        met: whether the claim holds; None where nothing was asked for.
        notes: what must be known to read the figures.
        targets: name of a figure → what is asked of it alone, and whether that holds.
    """

    name: str
    claim: str
    figures: dict[str, Any] = field(default_factory=dict)
    met: bool | None = None
    notes: list[str] = field(default_factory=list)
    targets: dict[str, tuple[str, bool]] = field(default_factory=dict)

    def at_least(self, name: str, value: float, target: float) -> None:
        """A figure that must not be smaller; one that is makes the section fall short."""
        self._asked(name, value, f"at least {target:g}", value >= target)

    def at_most(self, name: str, value: float, target: float) -> None:
        """A figure that must not be larger."""
        self._asked(name, value, f"at most {target:g}", value <= target)

    def _asked(self, name: str, value: float, words: str, holds: bool) -> None:
        self.figures[name] = value
        self.targets[name] = words, holds
        self.met = holds and self.met is not False

    def to_json(self) -> dict[str, Any]:
        """As it stands in the file."""
        return asdict(self)

    def lines(self) -> list[str]:
        """As it stands on the screen."""
        verdict = {True: "holds", False: "FALLS SHORT", None: "for the record"}[self.met]
        shown = [f"{self.name}: {self.claim} ({verdict})"]
        for name, value in self.figures.items():
            text = f"{value:,.3f}" if isinstance(value, float) else f"{value:,}" \
                if isinstance(value, int) else str(value)  # fmt: skip
            if name in self.targets:
                words, holds = self.targets[name]
                text += f" ({words}: {'holds' if holds else 'FALLS SHORT'})"
            shown.append(f"  {name}: {text}")
        return shown + [f"  ({note})" for note in self.notes]


@dataclass(frozen=True)
class Command:
    """A process that ran to its end.

    Attributes:
        wall_s: wall-clock seconds.
        cpu_s: user and system seconds, its children's included.
        peak_mib: largest resident memory of the process itself, MiB (Linux).
    """

    wall_s: float
    cpu_s: float
    peak_mib: float


def cpu_seconds(function: Callable[[], Any], *, rounds: int = 3) -> float:
    """CPU seconds of this process for one call: the least of some rounds."""
    return _least(time.process_time, function, rounds)


def wall_seconds(function: Callable[[], Any], *, rounds: int = 5) -> float:
    """Wall-clock seconds for one call: the least of some rounds, others use the machine too."""
    return _least(time.perf_counter, function, rounds)


def _least(clock: Callable[[], float], function: Callable[[], Any], rounds: int) -> float:
    best = float("inf")
    for _ in range(rounds):
        begun = clock()
        function()
        best = min(best, clock() - begun)
    return best


_MEASURED = """
import json, pathlib, resource, sys
sys.argv = sys.argv[1:]
out = sys.argv.pop(0)
from netad_pcap.cli import main
code = main(sys.argv)
own = resource.getrusage(resource.RUSAGE_SELF)
children = resource.getrusage(resource.RUSAGE_CHILDREN)
# Not ru_maxrss: a process is born with the peak of the one that started it.
status = pathlib.Path("/proc/self/status").read_text()
json.dump({
    "code": code,
    "cpu_s": own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime,
    "peak_mib": int(status.split("VmHWM:")[1].split()[0]) / 1024,
}, open(out, "w"))
"""


def run_command(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> Command:
    """Run netad-pcap in a process of its own, Python's start included, and measure it.

    Raises:
        RuntimeError: it did not end with 0.
    """
    told = folder / "measured.json"
    begun = time.perf_counter()
    run = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(told), *arguments],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False,
        env={**os.environ, **(environment or {})},
    )  # fmt: skip
    wall_s = time.perf_counter() - begun
    measured = json.loads(told.read_text(encoding="utf-8")) if told.exists() else {"code": -1}
    if measured.pop("code") != 0:
        raise RuntimeError(f"netad-pcap {' '.join(arguments)}: {run.stderr.strip()}")
    return Command(wall_s=wall_s, **measured)


def machine() -> dict[str, Any]:
    """On what, with what, under which load."""
    from importlib.metadata import version

    names = ("netad-pcap", "numpy", "numba", "nfstream", "torch", "polars")
    return {
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in names},
        "load_average": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
    }
