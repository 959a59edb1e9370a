"""Recorded captures under other conditions: delay, loss, bandwidth, segments, snapshot length.

Models that learn on one network's timing learn the timing. The same traffic seen over a
satellite, a lossy cell or behind a card that merges segments has other features and the same
labels. `move` gives such captures; nothing here is a simulation of a network: what each end
said is kept, when it is seen follows from what it waits for (`retiming`).
"""

from __future__ import annotations

from netad_pcap.training.conditions.moved_capture import Moved, move, write_moved
from netad_pcap.training.conditions.table import CONDITIONS, Condition

__all__ = ["CONDITIONS", "Condition", "Moved", "move", "write_moved"]
