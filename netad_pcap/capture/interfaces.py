"""The interfaces that a capture describes."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Interface"]


@dataclass(frozen=True)
class Interface:
    """One interface of a capture; classic pcap has one without a name.

    Attributes:
        number: its place in the file, over all sections, from 0 (`FrameBlock.interface`).
        link_type: LINKTYPE_ number.
        snaplen: bytes captured of each packet at most; 0 = no limit.
        name: as the capturing program called it, empty if it did not.
        ticks: resolution of its time stamps, as text (`10^-6 s`, `2^-20 s`).
    """

    number: int
    link_type: int
    snaplen: int
    name: str = ""
    ticks: str = "10^-6 s"
