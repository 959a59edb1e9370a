"""Which frames of its capture a flow is made of: looked up again, nothing is copied.

A flow is a five-tuple between its first and its last frame, and no two flows of one
five-tuple overlap; so a second walk over the capture finds its packets by key and place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.capture import open_capture
from netad_pcap.flows import FlowBatch
from netad_pcap.metering.decode import decode_block

__all__ = ["FlowFrames", "FlowPlaces", "flow_frames"]

#: Both ends in order, and the protocol.
_KEY = np.dtype(
    [
        ("a_high", ">u8"),
        ("a_low", ">u8"),
        ("a_port", ">u2"),
        ("b_high", ">u8"),
        ("b_low", ">u8"),
        ("b_port", ">u2"),
        ("protocol", "u1"),
    ]
)
#: Frames of a capture that can be told apart.
_FRAMES = 1 << 44


@dataclass(frozen=True)
class FlowFrames:
    """Frames and the flows that they belong to, in the order of the captures.

    Attributes:
        flow: int64 [k], row in the batch.
        capture: int32 [k], number of the file in `FlowBatch.captures`.
        frame: int64 [k], number in that file, from 1.
    """

    flow: NDArray[np.int64]
    capture: NDArray[np.int32]
    frame: NDArray[np.int64]


def flow_frames(flows: FlowBatch, *, strict: bool = False) -> FlowFrames:
    """The frames of flows that a meter has given.

    In `cic-v4` a forward FIN behind another one, which the tool drops, is among them.

    Args:
        flows: with the names of their captures, which are read again.
        strict: as they were metered.

    Raises:
        CaptureError: a capture cannot be read again.
        ValueError: rows of a foreign table, which no meter gave.
    """
    if flows.profile is None:
        raise ValueError("rows of a foreign table have no frames")
    places = FlowPlaces(flows)
    parts = [
        part
        for number, name in enumerate(flows.captures)
        if places.in_capture(number)
        for part in _walk(places, name, number, flows.profile, strict=strict)
    ]
    flow, capture, frame = (
        (np.concatenate(column) for column in zip(*parts, strict=True))
        if parts
        else (np.empty(0, "i8"), np.empty(0, "i4"), np.empty(0, "i8"))
    )
    return FlowFrames(flow, capture, frame)


class FlowPlaces:
    """Flows by five-tuple and by place: from the first frame to the last.

    Args:
        flows: a batch with addresses, ports, captures and frames.
    """

    def __init__(self, flows: FlowBatch) -> None:
        column = flows.identity
        keys = _keys(
            column["src_ip"].view(">u8").reshape(-1, 2),
            column["src_port"],
            column["dst_ip"].view(">u8").reshape(-1, 2),
            column["dst_port"],
            column["protocol"],
        )
        begin = _place(column["capture"], column["first_frame"])
        self._keys, number = np.unique(keys, return_inverse=True)
        self._begins = np.sort(begin)
        rank = np.searchsorted(self._begins, begin)
        order = np.lexsort((rank, number))
        self._row = order
        self._at = (number.astype("i8") << 32 | rank)[order]
        self._end = _place(column["last_capture"], column["last_frame"])[order]
        self._captures = column["capture"].min(initial=0), column["last_capture"].max(initial=-1)

    def in_capture(self, number: int) -> bool:
        """Whether any flow may have frames in a file."""
        return bool(self._captures[0] <= number <= self._captures[1])

    def rows_of(self, packets: NDArray[Any], capture: int) -> NDArray[np.int64]:
        """The row of each packet's flow, −1 where it belongs to none of them.

        Args:
            packets: PACKET [n].
            capture: number of their file.
        """
        rows = np.full(len(packets), -1, "i8")
        if not len(self._keys) or not len(packets):
            return rows
        keys = _keys(
            _words(packets, "src"), packets["src_port"], _words(packets, "dst"),
            packets["dst_port"], packets["protocol"],
        )  # fmt: skip
        number = np.searchsorted(self._keys, keys)
        number[number == len(self._keys)] = 0
        known = np.flatnonzero(self._keys[number] == keys)
        place = _place(np.full(len(known), capture), packets["frame"][known])
        # Ranks among the begins: a flow begins at its own rank, a packet lies behind those
        # that begin up to it.
        rank = np.searchsorted(self._begins, place, side="right") - 1
        at = np.searchsorted(self._at, number[known].astype("i8") << 32 | rank, side="right") - 1
        inside = (
            (rank >= 0)
            & (at >= 0)
            & (self._at[at] >> 32 == number[known])
            & (place <= self._end[at])
        )
        rows[known[inside]] = self._row[at[inside]]
        return rows


def _walk(
    places: FlowPlaces, name: str, number: int, profile: str, *, strict: bool
) -> Iterator[Sequence[NDArray[Any]]]:
    with open_capture(name) as reader:
        for block in reader.blocks():
            packets = decode_block(block, profile=profile, strict=strict).packets
            rows = places.rows_of(packets, number)
            found = rows >= 0
            if found.any():
                captures = np.full(int(found.sum()), number, "i4")
                yield rows[found], captures, packets["frame"][found].copy()


def _place(capture: NDArray[Any], frame: NDArray[Any]) -> NDArray[np.int64]:
    places: NDArray[np.int64] = capture.astype("i8") * _FRAMES + frame
    return places


def _words(packets: NDArray[Any], end: str) -> NDArray[Any]:
    return np.stack([packets[f"{end}_high"], packets[f"{end}_low"]], axis=1)


def _keys(
    src: NDArray[Any],
    src_port: NDArray[Any],
    dst: NDArray[Any],
    dst_port: NDArray[Any],
    protocol: NDArray[Any],
) -> NDArray[np.void]:
    """Keys that are the same in both directions, as bytes that sort."""
    swap = (dst[:, 0] < src[:, 0]) | (
        (dst[:, 0] == src[:, 0])
        & ((dst[:, 1] < src[:, 1]) | ((dst[:, 1] == src[:, 1]) & (dst_port < src_port)))
    )
    keys = np.empty(len(src), _KEY)
    for name, here, there in (
        ("high", src[:, 0], dst[:, 0]),
        ("low", src[:, 1], dst[:, 1]),
        ("port", src_port, dst_port),
    ):
        keys[f"a_{name}"] = np.where(swap, there, here)
        keys[f"b_{name}"] = np.where(swap, here, there)
    keys["protocol"] = protocol
    return keys.view(np.dtype((np.void, _KEY.itemsize)))
