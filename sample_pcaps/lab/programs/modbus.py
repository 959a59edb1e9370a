"""Modbus over TCP: `modbus server PORT`, `modbus client HOST TIMES WAIT`, and
`modbus reconnecting HOST TIMES WAIT JITTER REGISTERS`, a connection for each question.
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import sys
import time

from sample_pcaps.lab.programs.listening import serve

__all__ = ["poll_anew", "read_registers", "talk"]

_READ_HOLDING = 3  # Modbus application protocol 6.3
_COUNT, _MOST = 10, 125


def talk(connection: socket.socket) -> None:
    """Answers reads of holding registers."""
    while len(request := connection.recv(12)) == 12:
        number, count = struct.unpack_from(">H8xH", request)
        count = min(count, _MOST)
        values = [random.randrange(4096) for _ in range(count)]
        body = struct.pack(f">BBB{count}H", 1, _READ_HOLDING, 2 * count, *values)
        connection.sendall(struct.pack(">HHH", number, 0, len(body)) + body)


def read_registers(host: str, times: int, wait_s: float) -> None:
    """Reads, again and again, over one connection."""
    with socket.create_connection((host, 502), 5) as connection:
        for number in range(times):
            connection.sendall(struct.pack(">HHHBBHH", number, 0, 6, 1, _READ_HOLDING, 0, _COUNT))
            connection.recv(64)
            time.sleep(wait_s)


def poll_anew(host: str, times: int, wait_s: float, jitter: float, count: int) -> int:
    """Reads so many registers, again and again, over a new connection each time.

    Returns:
        How many reads were answered; whoever refuses is asked again all the same.
    """
    answered = 0
    for number in range(times):
        with contextlib.suppress(OSError), socket.create_connection((host, 502), 2) as connection:
            connection.sendall(struct.pack(">HHHBBHH", number, 0, 6, 1, _READ_HOLDING, 0, count))
            answered += bool(connection.recv(512))
        time.sleep(wait_s * random.uniform(1 - jitter, 1 + jitter))
    return answered


if __name__ == "__main__":
    if sys.argv[1] == "server":
        serve(int(sys.argv[2]), talk)
    elif sys.argv[1] == "reconnecting":
        host, times, wait, jitter, count = sys.argv[2:]
        poll_anew(host, int(times), float(wait), float(jitter), int(count))
    else:
        read_registers(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
