"""Our NFPlugin: it tells which frames NFStream accepts, their flows, and the flows' names.

It runs in NFStream's meter process, once per packet, so it does as little as it can: two
numbers into a buffer. The time of a packet is the number of its frame (`stamped_copy`).
Names are watched while NFStream dissects a flow, its first `n_dissections` packets; what
NFStream would guess from the port when a flow ends is not taken for knowledge.
"""

from __future__ import annotations

import os
import traceback
from array import array
from collections import OrderedDict
from typing import Any

from nfstream import NFPlugin

from netad_pcap.metering.nfstream_messages import (
    FAILED,
    GONE,
    HEADER,
    NAMES,
    ROWS,
    SETTLED,
    Name,
    encode_names,
)

__all__ = ["ROWS_PER_MESSAGE", "FramePlugin"]

#: Rows in a full buffer: 48 KiB, which a pipe of the usual 64 KiB takes at once.
ROWS_PER_MESSAGE = 4096

#: With more flows open than this, those that last longer than NFStream's time-out are closed
#: at their next packet. NFStream looks for silent flows in the order in which they began, so
#: one that lasts would keep all later ones in memory.
MOST_OPEN = 50_000

#: Closed flows that are remembered, so that they keep their tag and names if they go on.
_REMEMBERED = 1 << 14

_Names = tuple[str, ...]
_Key = tuple[Any, ...]
_NOTHING: _Names = ("", "", "", "")


class FramePlugin(NFPlugin):
    """Sends (frame number, tag of the NFStream flow) of every packet down a pipe.

    No exception may leave a plugin: NFStream would wait for ever. Whatever goes wrong is
    sent as a message and the process ends at once.

    Args:
        channel: file descriptor of the pipe's writing end.
        n_dissections: as given to NFStreamer.
        longest: frames after which a lasting flow may be closed.
    """

    def __init__(self, channel: int, n_dissections: int, longest: int) -> None:
        self.channel = channel
        self.longest = longest
        self.n_dissections = n_dissections
        self.frames = array("q", bytes(8 * ROWS_PER_MESSAGE))
        self.tags = array("i", bytes(4 * ROWS_PER_MESSAGE))
        self.filled = 0
        self.next_tag = 0
        self.open_flows = 0
        self.names: list[Name] = []
        self.gone = array("i")
        self.closed: OrderedDict[_Key, tuple[int, _Names]] = OrderedDict()

    def __getstate__(self) -> dict[str, Any]:
        """Where NFStream spawns its meter, the descriptor is handed over."""
        from multiprocessing.reduction import DupFd

        return {**self.__dict__, "channel": DupFd(self.channel)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, channel=state["channel"].detach())

    def on_init(self, packet: Any, flow: Any) -> None:
        """A flow begins with this packet, or goes on after it was closed."""
        try:
            self.open_flows += 1
            frame, marks = packet.time, flow.udps
            marks.key = _key(flow)
            before = self.closed.pop(marks.key, None)
            if before is None:
                marks.tag, marks.known = self.next_tag, _NOTHING
                self.next_tag += 1
            else:
                marks.tag, marks.known = before
                if marks.known != _NOTHING:  # they may have been forgotten meanwhile
                    self.names.append(Name(frame, marks.tag, *marks.known))
            self.watch(frame, flow)
            self.append(packet, marks.tag)
        except BaseException as error:
            self.fail(error)

    def on_update(self, packet: Any, flow: Any) -> None:
        """A further packet of a flow."""
        try:
            frame = packet.time
            self.follow(frame, flow)
            at = self.filled
            self.frames[at] = frame
            self.tags[at] = flow.udps.tag
            self.filled = at + 1
            if at + 1 == ROWS_PER_MESSAGE:
                self.flush()
        except BaseException as error:
            self.fail(error)

    def on_expire(self, flow: Any) -> None:
        """NFStream closes a flow; with the last one open everything is sent."""
        try:
            self.open_flows -= 1
            marks = flow.udps
            self.gone.append(marks.tag)
            self.closed[marks.key] = marks.tag, marks.known
            if len(self.closed) > _REMEMBERED:
                self.closed.popitem(last=False)
            if not self.open_flows:
                self.flush()
                self.send(SETTLED, b"")
        except BaseException as error:
            self.fail(error)

    def follow(self, frame: int, flow: Any) -> None:
        """Looks for names while NFStream does, and later for flows to close."""
        if flow.bidirectional_packets <= self.n_dissections:
            self.watch(frame, flow)
        elif (
            self.open_flows > MOST_OPEN and frame - flow.bidirectional_first_seen_ms > self.longest
        ):
            flow.expiration_id = -1

    def append(self, packet: Any, tag: int) -> None:
        """Puts a row into the buffer; a full buffer is sent."""
        self.frames[self.filled] = packet.time
        self.tags[self.filled] = tag
        self.filled += 1
        if self.filled == ROWS_PER_MESSAGE:
            self.flush()

    def watch(self, frame: int, flow: Any) -> None:
        """Notes names that were not known before; what was known is never forgotten."""
        name = flow.application_name
        now = (
            "" if name == "Unknown" else name,
            flow.requested_server_name,
            flow.client_fingerprint,
            flow.server_fingerprint,
        )
        known = flow.udps.known
        if now != known:
            merged = tuple(new or old for new, old in zip(now, known, strict=True))
            if merged != known:
                flow.udps.known = merged
                self.names.append(Name(frame, flow.udps.tag, *merged))

    def flush(self) -> None:
        """Sends what has been gathered: names first, so that they are there with their rows."""
        if self.names:
            self.send(NAMES, encode_names(self.names))
            self.names.clear()
        if self.filled:
            self.send_rows()
            self.filled = 0
        if self.gone:
            self.send(GONE, self.gone.tobytes())
            del self.gone[:]

    def send_rows(self) -> None:
        """Sends the rows in the buffer."""
        rows = self.frames[: self.filled].tobytes() + self.tags[: self.filled].tobytes()
        self.send(ROWS, rows)

    def send(self, kind: int, body: bytes) -> None:
        """Writes one message; waits while the pipe is full."""
        left = memoryview(HEADER.pack(kind, len(body)) + body)
        while left:
            left = left[os.write(self.channel, left) :]

    def fail(self, error: BaseException) -> None:
        """Says why and ends the process, whatever the error is."""
        try:
            if not isinstance(error, BrokenPipeError):
                where = traceback.extract_tb(error.__traceback__)[-1]
                text = f"{type(error).__name__}: {error} (line {where.lineno} of {where.name})"
                self.send(FAILED, text.encode("utf-8", errors="replace"))
        finally:
            os._exit(1)


def _key(flow: Any) -> _Key:
    """What NFStream tells flows apart by, the same in both directions."""
    first, second = (flow.src_ip, flow.src_port), (flow.dst_ip, flow.dst_port)
    ends = (first, second) if first < second else (second, first)
    return (*ends, flow.protocol, flow.vlan_id)
