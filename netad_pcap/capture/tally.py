"""Totals over all records of a capture: lengths, and how the clock ran."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture.frames import FrameBlock
from netad_pcap.capture.health import CaptureHealth

__all__ = ["Tally"]

#: A step back of more than this stops capture time for longer than flows live (design 6).
FAR_AHEAD_US = 120_000_000

TALLY = np.dtype(
    [
        ("packets", "i8"),
        ("bytes", "i8"),
        ("wire_bytes", "i8"),
        ("cut_by_snaplen", "i8"),
        ("wire_shorter", "i8"),
        ("stamped", "i8"),
        ("last_us", "i8"),
        ("smallest_us", "i8"),
        ("largest_us", "i8"),
        ("steps_back", "i8"),
        ("step_back_max_us", "i8"),
        ("far_ahead", "i8"),
        ("behind_clock", "i8"),
        ("without_time", "i8"),
    ]
)


class Tally:
    """Running totals of a capture."""

    def __init__(self) -> None:
        """Nothing counted yet."""
        self._totals = np.zeros(1, TALLY)

    def add(self, block: FrameBlock) -> None:
        """Counts the records of a block, in the order of the file."""
        _add(block.time_us, block.captured, block.wire, self._totals)

    def report(self, health: CaptureHealth) -> None:
        """Writes the totals so far into the health of the capture."""
        totals = self._totals[0]
        health.packets = int(totals["packets"])
        health.bytes = int(totals["bytes"])
        health.wire_bytes = int(totals["wire_bytes"])
        health.cut_by_snaplen = int(totals["cut_by_snaplen"])
        health.wire_shorter = int(totals["wire_shorter"])
        health.clock_steps_back = int(totals["steps_back"])
        health.clock_step_back_max_us = int(totals["step_back_max_us"])
        health.stamps_far_ahead = int(totals["far_ahead"])
        health.frames_behind_clock = int(totals["behind_clock"])
        health.without_time = int(totals["without_time"])
        if totals["stamped"]:
            health.start_us = int(totals["smallest_us"])
            health.end_us = int(totals["largest_us"])


@numba.njit(cache=True, nogil=True)
def _add(
    time_us: NDArray[Any], captured: NDArray[Any], wire: NDArray[Any], totals: NDArray[Any]
) -> None:
    """Adds records [n] to `totals` (TALLY [1])."""
    total = totals[0]
    for i in range(len(time_us)):
        total.bytes += captured[i]
        total.wire_bytes += wire[i]
        total.cut_by_snaplen += captured[i] < wire[i]
        total.wire_shorter += wire[i] < captured[i]
        t = time_us[i]
        if t == 0:  # formats write 0 where they know no time: Simple Packet Blocks, padding
            total.without_time += 1
            continue
        if total.stamped == 0:
            total.smallest_us = t
            total.largest_us = t
        elif t < total.last_us:
            step = total.last_us - t
            total.steps_back += 1
            total.step_back_max_us = max(total.step_back_max_us, step)
            total.far_ahead += step > FAR_AHEAD_US
        total.stamped += 1
        total.last_us = t
        total.smallest_us = min(total.smallest_us, t)
        total.largest_us = max(total.largest_us, t)
        total.behind_clock += total.largest_us - t > FAR_AHEAD_US
    total.packets += len(time_us)
