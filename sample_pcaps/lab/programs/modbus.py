"""Modbus over TCP: `modbus server PORT`, `modbus client HOST TIMES WAIT`."""

from __future__ import annotations

import random
import socket
import struct
import sys
import time

from sample_pcaps.lab.programs.listening import serve

__all__ = ["read_registers", "talk"]

_READ_HOLDING = 3  # Modbus application protocol 6.3
_COUNT = 10


def talk(connection: socket.socket) -> None:
    """Answers reads of holding registers."""
    while len(request := connection.recv(12)) == 12:
        number = struct.unpack_from(">H", request)[0]
        values = [random.randrange(4096) for _ in range(_COUNT)]
        body = struct.pack(f">BBB{_COUNT}H", 1, _READ_HOLDING, 2 * _COUNT, *values)
        connection.sendall(struct.pack(">HHH", number, 0, len(body)) + body)


def read_registers(host: str, times: int, wait_s: float) -> None:
    """Reads, again and again, over one connection."""
    with socket.create_connection((host, 502), 5) as connection:
        for number in range(times):
            connection.sendall(struct.pack(">HHHBBHH", number, 0, 6, 1, _READ_HOLDING, 0, _COUNT))
            connection.recv(64)
            time.sleep(wait_s)


if __name__ == "__main__":
    if sys.argv[1] == "server":
        serve(int(sys.argv[2]), talk)
    else:
        read_registers(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
