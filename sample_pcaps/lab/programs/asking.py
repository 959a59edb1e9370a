"""Asks a server of names for a list of names: `asking SERVER FILE`.

A line of the file is `WAIT NAME TYPE…`: after so many seconds the name is asked for, from a port of
its own, all types at once, as the resolver of a host does it.
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

__all__ = ["TYPES", "ask", "question"]

#: RFC 1035 3.2.2, RFC 3596.
TYPES: Mapping[str, int] = MappingProxyType({"A": 1, "PTR": 12, "TXT": 16, "AAAA": 28})
_PORT = 53
_TIMEOUT_S = 1.0


def question(name: str, kind: str) -> bytes:
    """A query for the records of a kind that a name has (RFC 1035 4.1)."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    head = struct.pack(">HHHHHH", random.getrandbits(16), 0x0100, 1, 0, 0, 0)
    return head + labels + b"\0" + struct.pack(">HH", TYPES[kind], 1)


def ask(server: str, lines: Iterable[str]) -> int:
    """Asks for the names of all lines.

    Returns:
        How many answers came.
    """
    answers = 0
    for wait, name, *kinds in map(str.split, lines):
        time.sleep(float(wait))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
            asked.settimeout(_TIMEOUT_S)
            asked.connect((server, _PORT))
            with contextlib.suppress(OSError):
                for kind in kinds:
                    asked.send(question(name, kind))
                for _ in kinds:
                    asked.recv(4096)
                    answers += 1
    return answers


if __name__ == "__main__":
    ask(sys.argv[1], Path(sys.argv[2]).read_text().splitlines())
