"""A server that talks to each client in a thread, over IPv4 and IPv6."""

from __future__ import annotations

import contextlib
import socket
import socketserver
from collections.abc import Callable

__all__ = ["Lines", "serve"]

_SILENCE_S = 60
_LONGEST_LINE = 4096


class Lines:
    """A connection that is read by lines."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self._file = connection.makefile("rb")

    def read(self) -> str | None:
        """The next line, without its end; None: the other side has gone."""
        line = self._file.readline(_LONGEST_LINE)
        return line.decode("utf-8", "replace").rstrip("\r\n") if line else None

    def close(self) -> None:
        """Reads no more."""
        self._file.close()

    def write(self, text: str) -> None:
        """Sends as it stands."""
        self.socket.sendall(text.encode())


def serve(port: int, talk: Callable[[socket.socket], None]) -> None:
    """Talks to everyone who comes, for ever; whoever is silent for a minute is left."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(_SILENCE_S)
            with contextlib.suppress(OSError):
                talk(self.request)

    class Server(socketserver.ThreadingTCPServer):
        address_family = socket.AF_INET6
        allow_reuse_address = True
        daemon_threads = True
        request_queue_size = 128

    Server(("::", port), Handler).serve_forever()
