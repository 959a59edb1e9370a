"""A controller that is looked for until it answers: `melsoft serve SILENT_SECONDS`, and
`melsoft seek HOST BROADCAST EVERY SECONDS`.

As engineering stations do it (MELSOFT direct connection, UDP 5560): questions to all of the network
and to the controller itself, and once it has answered, reads of its memory.
"""

from __future__ import annotations

import contextlib
import random
import socket
import sys
import time

__all__ = ["PORT", "seek"]

PORT = 5560
_SEEK_BYTES, _READ_BYTES = 20, 45
_FOUND_BYTES, _MEMORY_BYTES = 62, 180
#: So many reads until the station looks whether others are there.
_READS = 40


def seek(host: str, broadcast: str, every_s: float, seconds: float) -> int:
    """Looks for the controller about every so many seconds, and reads once it is found.

    Args:
        host: the controller; it may be off, silent, or no controller at all.
        broadcast: of the network.
        every_s: between two looks; reads are five times as fast.
        seconds: for how long.

    Returns:
        How many reads were answered.
    """
    read, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as station:
            station.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            for address in (broadcast, host):
                station.sendto(random.randbytes(_SEEK_BYTES), (address, PORT))
            if _answered(station, host, every_s * random.uniform(0.7, 1.3)):
                read += _read(station, host, every_s / 5, end)
    return read


def _read(station: socket.socket, host: str, every_s: float, end: float) -> int:
    for number in range(_READS):
        if time.monotonic() >= end:
            return number
        station.sendto(random.randbytes(_READ_BYTES), (host, PORT))
        if not _answered(station, host, 1.0):
            return number
        time.sleep(every_s * random.uniform(0.9, 1.1))
    return _READS


def _answered(station: socket.socket, host: str, patience_s: float) -> bool:
    """Whether it answered; what others say to a question to all does not count."""
    end = time.monotonic() + patience_s
    while (left := end - time.monotonic()) > 0:
        station.settimeout(left)
        with contextlib.suppress(TimeoutError):
            if station.recvfrom(2048)[1][0] == host:
                return True
    return False


def _serve(silent_s: float) -> None:
    """A controller that is busy with its start for so long after the first question."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as controller:
        controller.bind(("", PORT))
        ready: float | None = None
        while True:
            asked, sender = controller.recvfrom(2048)
            now = time.monotonic()
            ready = now + silent_s if ready is None else ready
            if now >= ready:
                time.sleep(random.uniform(0.001, 0.01))
                size = _FOUND_BYTES if len(asked) == _SEEK_BYTES else _MEMORY_BYTES
                controller.sendto(random.randbytes(size), sender)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        _serve(float(sys.argv[2]))
    else:
        host, broadcast, every, seconds = sys.argv[2:]
        seek(host, broadcast, float(every), float(seconds))
