"""The native meter with a thousand to a million flows open at once, packets of each by turns.

Flows are of six packets each and last two minutes, so all sizes write as many rows per packet,
and those that linger behind their end are as many as the open ones.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.measuring import Section, cpu_seconds
from benchmarks.synthetic import write_capture
from netad_pcap import meter

__all__ = ["measure"]

OPEN, QUICK_OPEN = (1_000, 10_000, 100_000, 1_000_000), (1_000, 10_000)
PACKETS_PER_FLOW = 6
#: Packets at least; a million flows need six million.
PACKETS, QUICK_PACKETS = 2_000_000, 40_000
LASTS_US = 120_000_000
GROWTH = 3
PROFILE = "cic-fixed"


def measure(*, quick: bool = False) -> Section:
    """Nanoseconds per packet by number of open flows."""
    section = Section("open_flows", "cost per packet from a thousand to a million open flows")
    costs = []
    with tempfile.TemporaryDirectory(prefix="netad-pcap-bench-") as name:
        for flows_open in QUICK_OPEN if quick else OPEN:
            capture = Path(name) / "open.pcap"
            packets = max(QUICK_PACKETS if quick else PACKETS, PACKETS_PER_FLOW * flows_open)
            write_capture(
                capture,
                packets,
                flows_open=flows_open,
                packets_per_flow=PACKETS_PER_FLOW,
                gap_us=LASTS_US // PACKETS_PER_FLOW // flows_open,
            )

            def run(capture: Path = capture) -> None:
                for _ in meter(capture, profile=PROFILE, meter="native", max_flows=2_000_000):
                    pass

            costs.append(cpu_seconds(run, rounds=2) / packets * 1e9)
            section.figures[f"{flows_open:,} open flows: ns per packet"] = costs[-1]
    section.at_most("largest over smallest", max(costs) / min(costs), GROWTH)
    section.notes.append(f"{PROFILE}, file to FlowBatch, rows of all flows included")
    if quick:
        section.met = None
    return section
