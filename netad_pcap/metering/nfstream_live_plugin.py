"""Our NFPlugin for a live interface: it sends each packet that NFStream takes, from its IP header.

As for captures (`nfstream_plugin`), with the packet's own time and bytes in place of a frame
number: there is no capture in which to look them up. NFStream comes to us only with packets,
so a thread beside it sends what has been gathered, and says that it lives where the wire is
silent.
"""

from __future__ import annotations

import threading
import time
from array import array
from typing import Any

import nfstream.meter

from netad_pcap.metering.nfstream_messages import (
    COUNTS,
    PACKETS,
    REFUSED,
    Counts,
    encode_counts,
    encode_packets,
)
from netad_pcap.metering.nfstream_plugin import ROWS_PER_MESSAGE, FramePlugin

__all__ = ["IDLE_S", "PacketPlugin"]

#: NFStream closes a flow after this: silent so long, its row has left (design 6).
IDLE_S = 122

#: What has been gathered is sent so often, s.
_BEAT_S = 0.1
#: Bytes of packets after which a message is sent.
_FULL = 1 << 18
_NOTHING = encode_packets(b"", b"", b"", b"")


class PacketPlugin(FramePlugin):
    """Sends (time, tag of the NFStream flow, bytes) of every packet down a pipe.

    Args:
        channel: file descriptor of the pipe's writing end.
        n_dissections: as given to NFStreamer.
    """

    def __init__(self, channel: int, n_dissections: int) -> None:
        super().__init__(channel, n_dissections, longest=1000 * IDLE_S)
        self.sizes = array("i", bytes(4 * ROWS_PER_MESSAGE))
        self.data = bytearray()
        self.counts = Counts(0, 0)
        self.lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        del state["lock"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """In a spawned meter, which has imported NFStream anew."""
        super().__setstate__(state)
        self.lock = threading.Lock()
        self.look_into_the_meter()

    def look_into_the_meter(self) -> None:
        """NFStream tells a plugin of packets only: of the rest we learn where its meter acts.

        That is when the capture stands, what it counts, and why it gives up.
        """
        meter = nfstream.meter
        activate, track = meter.activate_capture, meter.capture_track

        def activated(*arguments: Any) -> bool:
            stands = bool(activate(*arguments))
            if stands:
                threading.Thread(target=self.beat, name="beat", daemon=True).start()
            return stands

        def tracked(
            lib: Any, capture: Any, mode: Any, stats: Any, tracker: Any, taken: int, ignored: int
        ) -> None:
            track(lib, capture, mode, stats, tracker, taken, ignored)
            self.count(Counts(stats.dropped, ignored))

        def refused(_root: int, _channel: Any, why: str) -> None:
            self.send(REFUSED, why.encode("utf-8", errors="replace"))

        meter.activate_capture, meter.capture_track = activated, tracked
        meter.send_error = refused

    def on_init(self, packet: Any, flow: Any) -> None:
        """A flow begins with this packet, or goes on after it was closed."""
        with self.lock:
            super().on_init(packet, flow)

    def on_update(self, packet: Any, flow: Any) -> None:
        """A further packet of a flow."""
        with self.lock:
            try:
                self.follow(packet.time, flow)
                self.append(packet, flow.udps.tag)
            except BaseException as error:
                self.fail(error)

    def on_expire(self, flow: Any) -> None:
        """NFStream closes a flow."""
        with self.lock:
            super().on_expire(flow)

    def append(self, packet: Any, tag: int) -> None:
        """Puts a packet into the buffer; a full buffer is sent."""
        content = packet.ip_packet
        at = self.filled
        self.frames[at], self.tags[at], self.sizes[at] = packet.time, tag, len(content)
        self.data += content
        self.filled = at + 1
        if self.filled == ROWS_PER_MESSAGE or len(self.data) >= _FULL:
            self.flush()

    def send_rows(self) -> None:
        """Sends the packets in the buffer."""
        columns = self.frames, self.tags, self.sizes
        time_ms, tag, size = (column[: self.filled].tobytes() for column in columns)
        self.send(PACKETS, encode_packets(time_ms, tag, size, bytes(self.data)))
        self.data.clear()

    def count(self, counts: Counts) -> None:
        """Says what NFStream has counted, once for each second in which packets come."""
        with self.lock:
            try:
                if counts != self.counts:
                    self.counts = counts
                    self.send(COUNTS, encode_counts(counts))
            except BaseException as error:
                self.fail(error)

    def beat(self) -> None:
        """Sends what there is, and be it nothing, again and again."""
        while True:
            with self.lock:
                try:
                    self.flush()
                    self.send(PACKETS, _NOTHING)
                except BaseException as error:
                    self.fail(error)
            time.sleep(_BEAT_S)
