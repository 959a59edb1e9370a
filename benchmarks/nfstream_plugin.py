"""NFStream with our plugin against NFStream alone, on the same capture, in turns."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.measuring import Section
from benchmarks.synthetic import write_capture
from netad_pcap.capture import open_capture
from netad_pcap.metering.nfstream_feed import NFStreamFeed

__all__ = ["measure"]

#: Speed of NFStream with our plugin over that of NFStream alone, at least.
WANTED = 0.4
_ALONE = """
import sys
from nfstream import NFStreamer
for flow in NFStreamer(sys.argv[1], n_meters=1, n_dissections=20, statistical_analysis=False):
    pass
"""


def measure(*, quick: bool = False) -> Section:
    """CPU seconds of all processes of both, and their ratio, round by round."""
    section = Section("nfstream_plugin", f"with our plugin at least {WANTED} of NFStream alone")
    packets = 50_000 if quick else 400_000
    ratios = []
    with tempfile.TemporaryDirectory(prefix="netad-pcap-bench-") as name:
        capture = Path(name) / "synthetic.pcap"
        write_capture(capture, packets)
        for _ in range(1 if quick else 3):
            before = _children_s()
            subprocess.run([sys.executable, "-c", _ALONE, str(capture)], check=True)
            alone = _children_s() - before
            own = _own_s()
            before = _children_s()
            with NFStreamFeed(lambda: open_capture(str(capture))) as feed:
                taken = sum(int(block.accepted.sum()) for block in feed)
            with_plugin = _children_s() - before + _own_s() - own
            ratios.append(alone / with_plugin)
            section.figures[f"round {len(ratios)}: alone, CPU seconds"] = alone
            section.figures[f"round {len(ratios)}: with plugin, CPU seconds"] = with_plugin
    section.figures["packets delivered"] = taken
    section.figures["ratio of speeds, median"] = median(ratios)
    section.met = None if quick else median(ratios) >= WANTED
    section.notes.append("the copy, the second walk and the pipe are included")
    return section


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _own_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
