"""`flows` and `analyze` as a user starts them: wall-clock seconds, start-up included."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from benchmarks.measuring import Section, run_command
from benchmarks.synthetic import write_capture

__all__ = ["measure"]

PACKETS, QUICK_PACKETS = 1_056_000, 96_000
ROUNDS = 3
SAMPLE = Path(__file__).parents[1] / "sample_pcaps" / "port_scan.pcap"
#: At most so many seconds.
FLOWS, ANALYZE, SMALL_FLOWS, SMALL_ANALYZE, FIRST_RUN = 2.0, 8.0, 1.5, 2.5, 10.0


def measure(*, quick: bool = False) -> Section:
    """The least of some rounds each: other load only adds."""
    section = Section("commands", "commands take at most so many seconds by the wall clock")
    with tempfile.TemporaryDirectory(prefix="netad-pcap-bench-") as name:
        folder = Path(name)
        large = folder / "large.pcap"
        packets = QUICK_PACKETS if quick else PACKETS
        write_capture(large, packets)
        millions = f"{packets / 1e6:g} million packets"

        def measured(words: str, most_s: float, cache: str | None, *arguments: str) -> None:
            environment = {"OMP_NUM_THREADS": "2"} | ({"NUMBA_CACHE_DIR": cache} if cache else {})
            command = [*arguments, "-o", str(folder / "out.csv"), "--force"]
            rounds = 1 if quick or cache else ROUNDS
            runs = [run_command(command, folder, environment) for _ in range(rounds)]
            section.at_most(f"{words}, s", min(run.wall_s for run in runs), most_s)
            section.figures[f"{words}, CPU s"] = min(run.cpu_s for run in runs)

        for command in ("flows", "analyze"):  # fills the cache
            run_command([command, str(SAMPLE), "-o", str(folder / "out.csv"), "--force"], folder)
        analyze = ("analyze", "--apps", "none")
        measured(f"flows of {millions}", FLOWS, None, "flows", str(large))
        measured(f"analyze of {millions}", ANALYZE, None, *analyze, str(large))
        measured("flows of a sample", SMALL_FLOWS, None, "flows", str(SAMPLE))
        measured("analyze of a sample", SMALL_ANALYZE, None, *analyze, str(SAMPLE))
        for arguments in (("flows",), analyze):
            empty = tempfile.mkdtemp(dir=folder)
            words = f"first {arguments[0]}, empty cache"
            measured(words, FIRST_RUN, empty, *arguments, str(SAMPLE))
    section.figures["load average"] = os.getloadavg()[0]
    section.notes.append(
        "wall clock: other load on the machine adds to it; CPU seconds of all cores"
    )
    section.notes.append(
        "analyze without names of applications: nine of ten made-up flows are flagged, and "
        "NFStream would name them all"
    )
    if quick:
        section.met = None
    return section
