"""A stand-in for telnetd: login, password, a shell of few answers: `telnet_server PORT`."""

from __future__ import annotations

import socket
import sys
import time
from typing import BinaryIO

from sample_pcaps.lab.accounts import PEOPLE
from sample_pcaps.lab.programs.listening import serve

__all__ = ["talk"]

#: RFC 854, 857, 858: WILL ECHO, WILL SUPPRESS-GO-AHEAD, DO TERMINAL-TYPE.
_HELLO = b"\xff\xfb\x01\xff\xfb\x03\xff\xfd\x18"
_TRIES = 3
_WRONG_WAITS_S = 0.8
_ANSWERS = {
    "ls": "backup.conf  log  readme\r\n",
    "uptime": " 10:41:07 up 91 days,  load average: 0.08, 0.03, 0.01\r\n",
    "show": "".join(f"port {n}: up, 1000 Mbit/s, 0 errors\r\n" for n in range(1, 25)),
}


def talk(connection: socket.socket) -> None:
    """One session."""
    with connection.makefile("rb") as file:
        _converse(connection, _Reader(file))


def _converse(connection: socket.socket, reader: _Reader) -> None:
    connection.sendall(_HELLO)
    for _ in range(_TRIES):
        connection.sendall(b"\r\nswitch login: ")
        name = reader.line()
        connection.sendall(b"Password: ")
        password = reader.line()
        if name is None or password is None:
            return
        if PEOPLE.get(name) == password:
            connection.sendall(b"\r\nLast login: Mon Mar  2 08:11:40\r\n$ ")
            _shell(connection, reader)
            return
        time.sleep(_WRONG_WAITS_S)
        connection.sendall(b"\r\nLogin incorrect\r\n")


def _shell(connection: socket.socket, reader: _Reader) -> None:
    while (line := reader.line()) not in (None, "exit"):
        assert line is not None
        connection.sendall(f"{line}\r\n{_ANSWERS.get(line.split(' ')[0], '')}$ ".encode())


class _Reader:
    """Lines of a telnet stream, commands left out."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def line(self) -> str | None:
        """The next line; None: gone."""
        text = bytearray()
        while len(text) < 256:
            byte = self._file.read(1)
            if not byte:
                return None
            if byte == b"\xff":  # IAC and its two bytes
                self._file.read(2)
            elif byte in b"\r\n\0":
                if byte == b"\r":
                    self._file.read(1)
                if text or byte == b"\r":
                    return text.decode("utf-8", "replace")
            else:
                text += byte
        return None


if __name__ == "__main__":
    serve(int(sys.argv[1]), talk)
