"""Records an interface until it is told to stop: `python -m sample_pcaps.lab.recorder IF FILE`.

With the ring and the file format of `netad_pcap`; run inside the namespace of the bridges. Says
`recording` when it has begun, and at the end, as JSON, how many packets came and were dropped.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import numpy as np

from netad_pcap.capture.live import open_live
from netad_pcap.capture.writing import PcapWriter

__all__ = ["record"]

#: Half a second of a gigabit.
_RING_MIB = 64


def record(interface: str, path: Path) -> dict[str, int]:
    """Records until SIGTERM.

    Returns:
        `packets` written, and `dropped`: those for which the ring had no room.
    """
    stopped = False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    live = open_live(interface, promiscuous=True, ring_mib=_RING_MIB, should_stop=lambda: stopped)
    with live, path.open("wb") as file:
        writer = PcapWriter(file, live.interfaces[0].link_type)
        print("recording", flush=True)
        for block in live.blocks():
            if len(block.frame):
                writer.write(block, np.ones(len(block.frame), np.bool_), block.time_us)
        return {"packets": writer.records, "dropped": live.health.dropped}


if __name__ == "__main__":
    print(json.dumps(record(sys.argv[1], Path(sys.argv[2]))), flush=True)
