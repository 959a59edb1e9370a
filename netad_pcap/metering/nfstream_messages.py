"""What NFStream's meter process tells us, as bytes in a pipe.

A message is a kind (1 byte), the length of its body (4 bytes, little-endian) and the body.
The meter process writes (`nfstream_plugin`, `nfstream_live_plugin`), the feeds read
(`nfstream_process`). Both ends are ours and on one machine, yet nothing is unpickled: rows are
numbers, packets are bytes, names are JSON.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "COUNTS",
    "FAILED",
    "GONE",
    "HEADER",
    "NAMES",
    "PACKETS",
    "REFUSED",
    "ROWS",
    "SETTLED",
    "Counts",
    "Name",
    "Packets",
    "decode_counts",
    "decode_names",
    "decode_packets",
    "decode_rows",
    "encode_counts",
    "encode_names",
    "encode_packets",
]

#: Kinds. `ROWS`: int64 frame numbers, then int32 tags, as many. `NAMES`: what became known.
#: `GONE`: int32 tags of flows that NFStream closed. `SETTLED`: no flow is open and all has
#: been sent. `FAILED`: a text, why the meter process gave up. Live: `PACKETS`: what
#: `encode_packets` makes, also of none, several times a second. `COUNTS`: what `encode_counts`
#: makes. `REFUSED`: a text, why the interface cannot be captured on.
ROWS: Final = 1
NAMES: Final = 2
GONE: Final = 3
SETTLED: Final = 4
FAILED: Final = 5
PACKETS: Final = 6
COUNTS: Final = 7
REFUSED: Final = 8

HEADER: Final = struct.Struct("<BI")
_COUNTS: Final = struct.Struct("<QQ")
_COUNT: Final = struct.Struct("<I")


class Name(NamedTuple):
    """What NFStream found out about a flow at a frame; "" where it does not know."""

    frame: int
    tag: int
    application: str
    server_name: str
    client_fingerprint: str
    server_fingerprint: str


def encode_names(names: Iterable[Name]) -> bytes:
    """The body of a `NAMES` message; control characters and all stay as they were."""
    return json.dumps(list(names), separators=(",", ":")).encode("ascii")


def decode_names(body: bytes) -> list[Name]:
    """The names in the body of a `NAMES` message."""
    return [Name(*entry) for entry in json.loads(body)]


def decode_rows(body: bytes) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Frame numbers and tags, both [k], in the body of a `ROWS` message."""
    count = len(body) // 12
    return (
        np.frombuffer(body, dtype="<i8", count=count),
        np.frombuffer(body, dtype="<i4", count=count, offset=8 * count),
    )


class Packets(NamedTuple):
    """Packets of a live capture, in the order in which NFStream took them.

    Attributes:
        time_ms: int64 [n], since 1970.
        tag: int32 [n], number of the packet's NFStream flow.
        size: int32 [n], bytes of the packet.
        data: uint8, the packets from their IP header on, one behind the other.
    """

    time_ms: NDArray[np.int64]
    tag: NDArray[np.int32]
    size: NDArray[np.int32]
    data: NDArray[np.uint8]


class Counts(NamedTuple):
    """What NFStream counted since the live capture began.

    Attributes:
        dropped: packets for which there was no room.
        ignored: packets that it left out.
    """

    dropped: int
    ignored: int


def encode_packets(time_ms: bytes, tag: bytes, size: bytes, data: bytes) -> bytes:
    """The body of a `PACKETS` message: how many, then the columns of `Packets`."""
    return b"".join((_COUNT.pack(len(tag) // 4), time_ms, tag, size, data))


def decode_packets(body: bytes) -> Packets:
    """The packets in the body of a `PACKETS` message."""
    (count,) = _COUNT.unpack_from(body)
    tags = _COUNT.size + 8 * count
    return Packets(
        np.frombuffer(body, "<i8", count, _COUNT.size),
        np.frombuffer(body, "<i4", count, tags),
        np.frombuffer(body, "<i4", count, tags + 4 * count),
        np.frombuffer(body, np.uint8, offset=tags + 8 * count),
    )


def encode_counts(counts: Counts) -> bytes:
    """The body of a `COUNTS` message."""
    return _COUNTS.pack(*counts)


def decode_counts(body: bytes) -> Counts:
    """The counts in the body of a `COUNTS` message."""
    return Counts(*_COUNTS.unpack(body))
