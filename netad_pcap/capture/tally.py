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
    # Sums in variables of their own: what stands in a record is written at every step.
    octets = wire_octets = cut = shorter = without = stamped = ahead = behind = 0
    last, smallest, largest = total.last_us, total.smallest_us, total.largest_us
    begun = total.stamped > 0
    for i in range(len(time_us)):
        octets += captured[i]
        wire_octets += wire[i]
        cut += captured[i] < wire[i]
        shorter += wire[i] < captured[i]
        t = time_us[i]
        if t == 0:  # formats write 0 where they know no time: Simple Packet Blocks, padding
            without += 1
            continue
        if not begun:
            begun = True
            smallest = largest = t
        elif t < last:
            total.steps_back += 1
            total.step_back_max_us = max(total.step_back_max_us, last - t)
            ahead += last - t > FAR_AHEAD_US
        stamped += 1
        last = t
        smallest = min(smallest, t)
        largest = max(largest, t)
        behind += largest - t > FAR_AHEAD_US
    total.packets += len(time_us)
    total.bytes += octets
    total.wire_bytes += wire_octets
    total.cut_by_snaplen += cut
    total.wire_shorter += shorter
    total.without_time += without
    total.stamped += stamped
    total.far_ahead += ahead
    total.behind_clock += behind
    total.last_us, total.smallest_us, total.largest_us = last, smallest, largest
