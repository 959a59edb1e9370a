"""What NFStream's meter process tells us, as bytes in a pipe.

A message is a kind (1 byte), the length of its body (4 bytes, little-endian) and the body.
The meter process writes (`nfstream_plugin`), the feed reads (`nfstream_process`). Both ends
are ours and on one machine, yet nothing is unpickled: rows are numbers, names are JSON.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "FAILED",
    "GONE",
    "HEADER",
    "NAMES",
    "ROWS",
    "SETTLED",
    "Name",
    "decode_names",
    "decode_rows",
    "encode_names",
]

#: Kinds. `ROWS`: int64 frame numbers, then int32 tags, as many. `NAMES`: what became known.
#: `GONE`: int32 tags of flows that NFStream closed. `SETTLED`: no flow is open and all has
#: been sent. `FAILED`: a text, why the meter process gave up.
ROWS: Final = 1
NAMES: Final = 2
GONE: Final = 3
SETTLED: Final = 4
FAILED: Final = 5

HEADER: Final = struct.Struct("<BI")


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
