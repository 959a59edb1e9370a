"""Peak memory of `analyze`: it must not grow with the number of packets."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.measuring import Section, run_command
from benchmarks.synthetic import write_capture

__all__ = ["measure"]

SIZES = (200_000, 1_000_000, 5_000_000)
#: Peak of the largest over that of the middle one, at most: batches and caches are full by then.
GROWTH = 1.15


def measure(*, quick: bool = False) -> Section:
    """Peak memory at several sizes, in MiB, and the flows that were written."""
    section = Section(
        "memory", f"peak memory of analyze grows by less than {GROWTH - 1:.0%} from 1 to 5 million"
    )
    peaks = []
    for packets in SIZES[:2] if quick else SIZES:
        with tempfile.TemporaryDirectory(prefix="netad-pcap-bench-") as name:
            folder = Path(name)
            capture = folder / "synthetic.pcap"
            flows = write_capture(capture, packets)
            run = run_command(["analyze", str(capture), "--threads", "1"], folder)
        millions = f"{packets / 1e6:g} million packets"
        section.figures[f"{millions}: connections"] = flows
        section.figures[f"{millions}: peak, MiB"] = run.peak_mib
        section.figures[f"{millions}: CPU seconds"] = run.cpu_s
        section.figures[f"{millions}: packets per CPU-second"] = packets / run.cpu_s
        peaks.append(run.peak_mib)
    section.figures["growth, last over last but one"] = peaks[-1] / peaks[-2]
    section.met = None if quick else peaks[-1] / peaks[-2] < GROWTH
    return section
