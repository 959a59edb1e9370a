"""A mail server that takes every mail and keeps none: `smtp_server PORT`; with AUTH."""

from __future__ import annotations

import base64
import binascii
import contextlib
import socket
import sys
import time

from sample_pcaps.lab.accounts import PEOPLE
from sample_pcaps.lab.programs.listening import Lines, serve

__all__ = ["talk"]

_WRONG_WAITS_S = 0.3


def talk(connection: socket.socket) -> None:
    """One session (RFC 5321, 4954)."""
    with contextlib.closing(Lines(connection)) as lines:
        _converse(lines)


def _converse(lines: Lines) -> None:
    lines.write("220 mail.corp.example ESMTP\r\n")
    while (line := lines.read()) is not None:
        verb = line.split(" ")[0].upper()
        if verb == "EHLO":
            lines.write("250-mail.corp.example\r\n250-SIZE 20000000\r\n250 AUTH PLAIN LOGIN\r\n")
        elif verb == "AUTH":
            right = _authenticated(lines, line)
            if not right:
                time.sleep(_WRONG_WAITS_S)
            lines.write("235 2.7.0 Welcome\r\n" if right else "535 5.7.8 Error\r\n")
        elif verb == "DATA":
            lines.write("354 Go on\r\n")
            while (text := lines.read()) is not None and text != ".":
                pass
            lines.write("250 2.0.0 Taken\r\n")
        elif verb == "QUIT":
            lines.write("221 2.0.0 Bye\r\n")
            return
        else:
            lines.write("250 2.0.0 Ok\r\n")


def _authenticated(lines: Lines, line: str) -> bool:
    words = line.split(" ")
    if len(words) > 1 and words[1].upper() == "LOGIN":
        lines.write("334 VXNlcm5hbWU6\r\n")
        name = _decoded(lines.read())
        lines.write("334 UGFzc3dvcmQ6\r\n")
        return PEOPLE.get(name) == _decoded(lines.read())
    given = words[2] if len(words) > 2 else None
    if given is None:
        lines.write("334 \r\n")
        given = lines.read()
    parts = _decoded(given).split("\0")
    return len(parts) == 3 and PEOPLE.get(parts[1]) == parts[2]


def _decoded(text: str | None) -> str:
    try:
        return base64.b64decode(text or "").decode("utf-8", "replace")
    except binascii.Error:
        return ""


if __name__ == "__main__":
    serve(int(sys.argv[1]), talk)
