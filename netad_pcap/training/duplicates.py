"""Traffic that was seen already counts once: a capture again, or its flows in another file.

Public collections repeat each other, and tables repeat rows; both flatter whatever learned or
was measured on the first copy.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.flows import FlowBatch

__all__ = ["Duplicates"]

#: What tells a flow from every other, whatever file it is in.
_IDENTITY = ("src_ip", "dst_ip", "src_port", "dst_port", "protocol", "start_us", "end_us")


@dataclass
class Duplicates:
    """Remembers what was seen, eight bytes a flow.

    Attributes:
        flows: how many were left out.
        captures: names of files that were left out whole, and what they repeat.
    """

    flows: int = 0
    captures: dict[str, str] = field(default_factory=dict)
    _files: dict[str, str] = field(default_factory=dict)
    _seen: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))
    _mine: list[NDArray[np.uint64]] = field(default_factory=list)

    def is_file_again(self, name: str, sha256: str) -> bool:
        """Whether a file with these bytes was there already, under this or another name."""
        first = self._files.setdefault(sha256, name)
        if first == name:
            return False
        self.captures[name] = first
        return True

    def again(self, flows: FlowBatch) -> NDArray[np.bool_]:
        """Which of the flows that are not carried were seen in another file; bool [n].

        Rows of a table without addresses and times are told by all their columns, and then one
        that stands twice in the same table counts once too.

        Args:
            flows: a batch of the current file.
        """
        own = flows.without_carried()
        whole = not own.lacks(_IDENTITY)
        keys = _keys(own, whole)
        again = np.isin(keys, self._seen)
        if not whole:
            for earlier in self._mine:
                again |= np.isin(keys, earlier)
            first = np.zeros(len(keys), np.bool_)
            first[np.unique(keys, return_index=True)[1]] = True
            again |= ~first
        self._mine.append(np.unique(keys))
        self.flows += int(again.sum())
        return again

    def end_of_file(self) -> None:
        """What came since the last call is what later files are held against."""
        if self._mine:
            self._seen = np.unique(np.concatenate([self._seen, *self._mine]))
            self._mine = []


def _keys(flows: FlowBatch, whole: bool) -> NDArray[np.uint64]:
    """64 bits of each flow's identity, or of all its features."""
    columns: list[NDArray[Any]] = (
        [flows.identity[name] for name in _IDENTITY] if whole else [*flows.features.values()]
    )
    rows = np.concatenate(
        [np.ascontiguousarray(c).view(np.uint8).reshape(len(flows), -1) for c in columns], axis=1
    )
    data, width = np.ascontiguousarray(rows).tobytes(), rows.shape[1]
    digests = [
        hashlib.blake2b(data[i * width : (i + 1) * width], digest_size=8).digest()
        for i in range(len(flows))
    ]
    return np.frombuffer(b"".join(digests), np.uint64)
