"""Puts the real output of the README's example into it: `python docs/readme_example.py`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- example: made by `make docs` -->\n", "<!-- end of example -->\n"
ARGUMENTS = ("analyze", "sample_pcaps/port_scan.pcap")


def example() -> str:
    """The command and what it says."""
    run = subprocess.run(
        [sys.executable, "-m", "netad_pcap", *ARGUMENTS],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = [line.rstrip() for line in run.stderr.splitlines()]
    return "```\n$ netad-pcap " + " ".join(ARGUMENTS) + "\n" + "\n".join(lines) + "\n```\n"


def main() -> None:
    """Rewrite the README."""
    readme = ROOT / "README.md"
    head, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    readme.write_text(head + BEGIN + example() + END + tail, encoding="utf-8")


if __name__ == "__main__":
    main()
