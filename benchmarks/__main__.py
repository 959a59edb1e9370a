"""Runs the benchmarks: `python -m benchmarks [--output FOLDER] [--quick] [SECTION ...]`."""

from __future__ import annotations

import argparse
import importlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measuring import Section, machine

#: Module → what it measures; each has `measure(*, quick) -> Section`.
SECTIONS = {
    "nfstream_plugin": "NFStream with our plugin against NFStream alone",
    "native": "the native meter from file to FlowBatch against NFStream, argus and the Java tool",
    "open_flows": "the native meter with a thousand to a million flows open",
    "commands": "flows and analyze as processes: a large capture, a small one, an empty cache",
    "kernel": "the rule book alone, fed with packet columns",
    "scoring": "the shipped detectors",
    "memory": "peak memory of analyze",
}


def main() -> None:
    """Measure, print, and keep both text and JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--output", type=Path, default=Path("out/bench"))
    parser.add_argument("--quick", action="store_true", help="smaller, says nothing about claims")
    arguments = parser.parse_args()
    unknown = set(arguments.sections) - set(SECTIONS)
    if unknown:
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    # One thread: CPU time then means what it says.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    record = {"begun": datetime.now(UTC).isoformat(timespec="seconds"), **machine()}
    lines = [f"{record['begun']} · {record['system']} · load {record['load_average']}"]
    print(lines[0])
    sections = []
    for name in arguments.sections or SECTIONS:
        section: Section = importlib.import_module(f"benchmarks.{name}").measure(
            quick=arguments.quick
        )
        sections.append(section.to_json() | {"load_average_after": os.getloadavg()})
        lines += ["", *section.lines()]
        print("\n".join(["", *section.lines()]), flush=True)
    arguments.output.mkdir(parents=True, exist_ok=True)
    record["sections"] = sections
    (arguments.output / "bench.json").write_text(json.dumps(record, indent=1) + "\n")
    (arguments.output / "bench.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
