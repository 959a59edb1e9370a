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

        def seconds(command: str, capture: Path, cache: str | None = None) -> float:
            output = folder / "out.csv"
            arguments = [command, str(capture), "-o", str(output), "--force"]
            environment = {"OMP_NUM_THREADS": "2"} | ({"NUMBA_CACHE_DIR": cache} if cache else {})
            rounds = 1 if quick or cache else ROUNDS
            return min(run_command(arguments, folder, environment).wall_s for _ in range(rounds))

        for command in ("flows", "analyze"):
            seconds(command, SAMPLE)  # fills the cache
        section.at_most(f"flows of {millions}, s", seconds("flows", large), FLOWS)
        section.at_most(f"analyze of {millions}, s", seconds("analyze", large), ANALYZE)
        section.at_most("flows of a sample, s", seconds("flows", SAMPLE), SMALL_FLOWS)
        section.at_most("analyze of a sample, s", seconds("analyze", SAMPLE), SMALL_ANALYZE)
        for command in ("flows", "analyze"):
            first = seconds(command, SAMPLE, tempfile.mkdtemp(dir=folder))
            section.at_most(f"first {command}, empty cache, s", first, FIRST_RUN)
    section.figures["load average"] = os.getloadavg()[0]
    section.notes.append("wall clock: other load on the machine adds to it")
    if quick:
        section.met = None
    return section
