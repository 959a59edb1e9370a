"""A capture as it would have been recorded under a condition, and its truth file.

    recording → segments → times, losses → snapshot length → capture, truth

The whole capture is held in memory (about a kilobyte a packet).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from netad_pcap.capture import FrameBlock, Interface, KeptPackets, PcapWriter
from netad_pcap.errors import OutputError, UsageError
from netad_pcap.training.conditions.moved_truth import moved_truth
from netad_pcap.training.conditions.recording import Packet, Recording, read_recording
from netad_pcap.training.conditions.resegmenting import resegment
from netad_pcap.training.conditions.retiming import retime
from netad_pcap.training.conditions.table import Condition
from netad_pcap.training.truth import Truth

__all__ = ["Moved", "move", "write_moved"]

_SNAPLEN = 262_144


@dataclass(frozen=True, eq=False)
class Moved:
    """A capture under a condition.

    Attributes:
        recording: what it was made of; its conversations are in the segments of the condition.
        condition: that lies between.
        packets: in the order of time.
    """

    recording: Recording
    condition: Condition
    packets: list[Packet]

    def truth(self, truth: Truth, name: str) -> Truth:
        """The recorded capture's truth for the moved one, which is called `name`."""
        return moved_truth(
            truth,
            self.recording.ends,
            np.array([packet.origin for packet in self.packets], np.int64),
            np.array([packet.time_ns // 1_000 for packet in self.packets], np.int64),
            source=self.recording.name,
            target=name,
        )

    def block(self) -> FrameBlock:
        """The packets as one block, frames counted from 1."""
        captured = np.array([len(packet.data) for packet in self.packets], np.int32)
        time_ns = np.array([packet.time_ns for packet in self.packets], np.int64)
        ends = np.cumsum(captured, dtype=np.int64)
        return FrameBlock(
            data=np.frombuffer(b"".join(p.data for p in self.packets), np.uint8),
            offset=ends - captured,
            captured=captured,
            wire=np.array([packet.wire for packet in self.packets], np.int32),
            time_us=time_ns // 1_000,
            link_type=np.array([packet.link_type for packet in self.packets], np.int32),
            interface=np.array([packet.interface for packet in self.packets], np.int32),
            frame=np.arange(1, len(captured) + 1),
            behind=np.zeros(len(captured), np.bool_),
            nanosecond=(time_ns % 1_000).astype(np.int16),
        )


def move(source: str | os.PathLike[str], condition: Condition, seed: int = 0) -> Moved:
    """A capture under a condition; same capture, condition and seed: same packets.

    Args:
        source: path of a pcap or pcapng.
        condition: of `CONDITIONS`, or one's own.
        seed: of everything that is left to chance.

    Raises:
        CaptureError: it cannot be read.
    """
    recording = read_recording(source)
    for conversation in recording.conversations:
        resegment(conversation, condition)
    packets = retime(recording, condition, seed)
    packets.sort(key=lambda packet: packet.time_ns)
    if condition.snaplen:
        packets = [replace(p, data=p.data[: condition.snaplen]) for p in packets]
    return Moved(recording, condition, packets)


def write_moved(moved: Moved, target: str | os.PathLike[str]) -> None:
    """Writes the capture whole, or not at all.

    Args:
        moved: the packets.
        target: `.pcapng` keeps interfaces and nanoseconds, anything else is a classic pcap.

    Raises:
        UsageError: packets of several link types go into a pcapng only.
        OutputError: it cannot be written, or is the capture that was read.
    """
    path = Path(target)
    if path.exists() and path.samefile(moved.recording.name):
        raise OutputError(f"{path} is the capture that is read; write to another file")
    longest = max((len(packet.data) for packet in moved.packets), default=0)
    interfaces = [
        replace(one, snaplen=max(moved.condition.snaplen or one.snaplen or _SNAPLEN, longest))
        for one in moved.recording.interfaces
    ]
    part = path.with_name(f".{path.name}.part")
    try:
        if path.suffix == ".pcapng" and moved.packets:  # without one no pcapng is begun
            with KeptPackets(part, force=True) as file:
                file.write(moved.block(), interfaces)
        else:
            _write_pcap(moved, part, path.name, interfaces)
        part.replace(path)
    except OSError as problem:
        raise OutputError(f"{path}: cannot be written ({problem.strerror})") from None
    finally:
        part.unlink(missing_ok=True)


def _write_pcap(moved: Moved, part: Path, name: str, interfaces: list[Interface]) -> None:
    link_types = {packet.link_type for packet in moved.packets}
    if len(link_types) > 1:
        raise UsageError(f"{name}: a pcap holds one link type; name the output *.pcapng")
    described = {one.link_type for one in interfaces}
    (link_type,) = link_types or sorted(described)[:1] or (1,)
    block = moved.block()
    with part.open("wb") as file:
        snaplen = max((one.snaplen for one in interfaces), default=_SNAPLEN)
        writer = PcapWriter(file, link_type, snaplen)
        writer.write(block, np.ones(len(block.frame), np.bool_), block.time_us)
