"""Measured phasors over TCP (C37.118): `phasors serve`, and `phasors gather HOST SECONDS WAIT
PATIENCE`, which begins anew whenever a session ends.

`phasors mute` takes connections and never says a word.
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import sys
import time

from sample_pcaps.lab.programs.listening import serve

__all__ = ["PORT", "gather", "talk"]

PORT = 4712
# IEEE C37.118.2, 6.2 and 6.6: first two bytes by type of frame; orders to a device.
_DATA, _CONFIGURATION, _COMMAND = 0xAA01, 0xAA31, 0xAA41
_HEAD = struct.Struct(">HHHII")  # type, size, device, second, fraction
_COMMAND_BYTES = _HEAD.size + 4
_BEGIN, _DESCRIBE = 2, 5
#: Bytes of a data frame without phasors: head, state, frequency and its rate, checksum.
_FRAME_BYTES, _PHASOR_BYTES = _HEAD.size + 12, 8
_RATES = (10, 15, 25, 30)


def talk(connection: socket.socket, lasts_s: tuple[float, float] = (1.5, 7.0)) -> None:
    """A device: describes itself, sends data, and ends the session after a few seconds."""
    phasors, rate = random.randrange(3, 9), random.choice(_RATES)
    left = random.uniform(*lasts_s) * rate
    while len(command := connection.recv(_COMMAND_BYTES)) == _COMMAND_BYTES:
        (order,) = struct.unpack_from(">H", command, _HEAD.size)
        if order == _DESCRIBE:
            connection.sendall(_frame(_CONFIGURATION, 70 + 20 * phasors))
        if order == _BEGIN:
            break
    else:
        return
    while left > 0:
        connection.sendall(_frame(_DATA, _FRAME_BYTES + _PHASOR_BYTES * phasors))
        time.sleep(1 / rate)
        left -= 1


def gather(host: str, seconds: float, wait_s: float, patience_s: float) -> int:
    """Sessions until the time is over, at once one after the other.

    Args:
        host: the device; it may be mute, or refuse.
        seconds: for how long.
        wait_s: after a session that brought nothing, and after a refusal.
        patience_s: a device that is silent for so long is left.

    Returns:
        How many sessions brought data.
    """
    brought, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        if _session(host, end, patience_s):
            brought += 1
        else:
            time.sleep(min(wait_s * random.uniform(0.8, 1.2), max(0.0, end - time.monotonic())))
    return brought


def _session(host: str, end: float, patience_s: float) -> bool:
    """Whether data came before the other side ended it."""
    frames = 0
    with (
        contextlib.suppress(OSError),
        socket.create_connection((host, PORT), patience_s) as session,
    ):
        session.settimeout(patience_s)
        session.sendall(_command(_DESCRIBE))
        while time.monotonic() < end and session.recv(4096):
            if not frames:
                session.sendall(_command(_BEGIN))
            frames += 1
    return frames > 1


def _command(order: int) -> bytes:
    head = _HEAD.pack(_COMMAND, _COMMAND_BYTES, 7, int(time.monotonic()), 0)
    return head + struct.pack(">HH", order, random.getrandbits(16))


def _frame(kind: int, size: int) -> bytes:
    head = _HEAD.pack(kind, size, 7, int(time.monotonic()), random.getrandbits(24))
    return head + random.randbytes(size - len(head))


def _hear(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


if __name__ == "__main__":
    if sys.argv[1] == "gather":
        host, seconds, wait, patience = sys.argv[2:]
        gather(host, float(seconds), float(wait), float(patience))
    else:
        serve(PORT, talk if sys.argv[1] == "serve" else _hear)
