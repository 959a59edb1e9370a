"""NFStream with our plugin against NFStream alone on the same capture, in CPU time.

`python -m benchmarks.nfstream_plugin [CAPTURE]` prints the figures as JSON. Both run with one
meter and the same dissection, turn by turn; the time is that of all their processes. The
whole feed counts the copy, both walks and the merge as well.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.measuring import Section
from benchmarks.synthetic import write_capture

__all__ = ["measure"]

#: Packets of the synthetic capture, and of a quick run.
PACKETS, QUICK_PACKETS = 300_000, 30_000
ROUNDS = 3
CLAIM = 0.4

_ALONE = """
import sys
from nfstream import NFStreamer
print(sum(flow.bidirectional_packets for flow in NFStreamer(sys.argv[1], n_meters=1)))
"""

_FEED = """
import sys
from netad_pcap.capture import open_capture
from netad_pcap.metering.nfstream_feed import NFStreamFeed
with NFStreamFeed(lambda: open_capture(sys.argv[1])) as feed:
    print(sum(int(block.accepted.sum()) for block in feed))
"""


def measure(*, quick: bool) -> Section:
    """The section of `make bench`."""
    with tempfile.TemporaryDirectory() as folder:
        capture = Path(folder) / "synthetic.pcap"
        packets = QUICK_PACKETS if quick else PACKETS
        write_capture(capture, packets)
        figures = compare(capture, rounds=1 if quick else ROUNDS)
    return Section(
        name="nfstream_plugin",
        claim=f"NFStream with our plugin at least {CLAIM} of NFStream alone",
        figures=figures,
        met=None if quick else figures["ratio_feed"] >= CLAIM,
        notes=[
            "alone: `for flow in NFStreamer(capture, n_meters=1)`",
            "plugin: our worker process with its meter, on the stamped copy",
            "feed: the plugin, the copy, both walks over the capture and the merge; the claim "
            "is judged on it",
        ],
    )


def compare(capture: Path, *, rounds: int = ROUNDS) -> dict[str, float]:
    """CPU seconds of each and their ratios (of medians); checks that both saw every packet.

    Raises:
        RuntimeError: they did not see the same packets.
    """
    alone, plugin, feed = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        copy = _stamped(capture, Path(folder))
        for _ in range(rounds):
            seconds, seen = _cpu([sys.executable, "-c", _ALONE, str(capture)])
            alone.append(seconds)
            plugin.append(_cpu(_worker(copy))[0])
            seconds, fed = _cpu([sys.executable, "-c", _FEED, str(capture)])
            feed.append(seconds)
            if seen != fed:
                raise RuntimeError(f"NFStream alone saw {seen!r} packets, the feed {fed!r}")
    medians = [float(np.median(values)) for values in (alone, plugin, feed)]
    return {
        "packets": int(seen),
        "alone_cpu_s": medians[0],
        "plugin_cpu_s": medians[1],
        "feed_cpu_s": medians[2],
        "ratio_plugin": medians[0] / medians[1],
        "ratio_feed": medians[0] / medians[2],
        "load_average": os.getloadavg()[0],
    }


def _stamped(capture: Path, folder: Path) -> Path:
    """The copy that NFStream reads, as the feed writes it."""
    from netad_pcap.capture import open_capture
    from netad_pcap.metering.spool import TemporaryFolder
    from netad_pcap.metering.stamped_copy import write_stamped_copy

    temporary = TemporaryFolder(folder, "a benchmark")
    with open_capture(str(capture)) as reader:
        path = write_stamped_copy(reader.blocks, temporary).path.rename(folder / "copy.pcap")
    temporary.close()
    return path


def _worker(copy: Path) -> list[str]:
    from netad_pcap.metering.nfstream_feed import MOST_IDLE, N_DISSECTIONS

    return [
        *(sys.executable, "-m", "netad_pcap.metering.nfstream_worker", str(copy)),
        *("--idle", str(MOST_IDLE), "--n-dissections", str(N_DISSECTIONS)),
    ]


def _cpu(command: list[str]) -> tuple[float, bytes]:
    """CPU seconds of a process and all its children, and what it printed."""
    before = _children()
    run = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return _children() - before, run.stdout.strip()


def _children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def main() -> None:
    """Measure one capture, or the synthetic one."""
    begun = time.perf_counter()
    named = len(sys.argv) > 1
    figures = compare(Path(sys.argv[1])) if named else measure(quick=False).figures
    print(json.dumps(figures | {"wall_s": round(time.perf_counter() - begun, 1)}, indent=1))


if __name__ == "__main__":
    main()
