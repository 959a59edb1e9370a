"""A recorded capture under another condition, its truth attached.

    python -m sample_pcaps.conditions IN.pcap OUT.pcap --condition satellite --seed 7

`IN.truth.csv` is read where it is there, `OUT.truth.csv` is written beside the result.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from netad_pcap.errors import NetadError
from netad_pcap.training import read_truth, write_truth
from netad_pcap.training.conditions import CONDITIONS, move, write_moved


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; the exit code."""
    conditions = "\n".join(f"  {one.name:<12} {one.meaning}" for one in CONDITIONS.values())
    parser = argparse.ArgumentParser(
        prog="python -m sample_pcaps.conditions",
        description=__doc__,
        epilog=f"conditions:\n{conditions}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", type=Path, metavar="IN", help="pcap or pcapng")
    parser.add_argument("target", type=Path, metavar="OUT", help="pcap, or pcapng by its name")
    parser.add_argument("--condition", required=True, choices=CONDITIONS, metavar="NAME")
    parser.add_argument("--seed", type=int, default=0, help="of all chance (default 0)")
    chosen = parser.parse_args(arguments)
    condition = CONDITIONS[chosen.condition]
    try:
        place = _truth_of(chosen.source)
        truth = read_truth(place) if place.is_file() else None
        moved = move(chosen.source, condition, chosen.seed)
        write_moved(moved, chosen.target)
        if truth is not None:
            rules = moved.truth(truth, chosen.target.name).rules
            write_truth(rules, _truth_of(chosen.target))
    except NetadError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return int(problem.exit_code)
    print(f"{chosen.target}: {len(moved.packets):,} packets, {condition.name}")
    return 0


def _truth_of(capture: Path) -> Path:
    return capture.with_name(f"{capture.stem}.truth.csv")


if __name__ == "__main__":
    sys.exit(main())
