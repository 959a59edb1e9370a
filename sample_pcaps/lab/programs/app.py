"""A small web application, as careless as those that are attacked: `app PORT [FOLDER]`.

`/login` (form), `/search?q=`, `/item?id=` (both ask a database with what they are given),
`/echo?text=` (gives it back as it came), `/upload` (takes anything), `/news?n=` (so many bytes),
`/report?ms=` (about so long in the making); with a folder, everything else is a file of it. It runs
in a namespace without uplink.
"""

from __future__ import annotations

import functools
import html
import random
import socket
import sqlite3
import sys
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from sample_pcaps.lab.accounts import PEOPLE

__all__ = ["Application"]

_MOST_BYTES = 64 << 20
_LONGEST_MS = 5_000
_TABLE = """
CREATE TABLE items (id INTEGER, name TEXT, price INTEGER);
CREATE TABLE people (name TEXT, card TEXT);
INSERT INTO items VALUES (1, 'lamp', 30), (2, 'chair', 90), (3, 'table', 240), (4, 'shelf', 120);
INSERT INTO people VALUES ('alice', '4000-1'), ('bob', '4000-2'), ('carol', '4000-3');
"""


class Application(SimpleHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        """The pages."""
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/search":
            text = asked.get("q", "")
            self._rows(f"SELECT name, price FROM items WHERE name LIKE '%{text}%'")  # noqa: S608
        elif parts.path == "/item":
            self._rows(f"SELECT name, price FROM items WHERE id = {asked.get('id', '1')}")  # noqa: S608
        elif parts.path == "/echo":
            self._answer(200, f"<html><body>You said: {asked.get('text', '')}</body></html>")
        elif parts.path == "/login":
            self._answer(200, _FORM)
        elif parts.path == "/news":
            digits = asked.get("n", "200")
            self._answer(200, "x" * min(int(digits) if digits.isdigit() else 0, 1 << 20))
        elif parts.path == "/report":
            digits = asked.get("ms", "100")
            longest = min(int(digits) if digits.isdigit() else 0, _LONGEST_MS)
            time.sleep(random.uniform(0.5, 1.5) * longest / 1000)
            self._answer(200, "x" * random.randrange(400, 9_000))
        elif parts.path == "/health":
            self._answer(200, "ok")
        elif self.directory:
            super().do_GET()
        else:
            self._answer(404 if parts.path != "/" else 200, _INDEX)

    def do_POST(self) -> None:
        """Logins and uploads."""
        length = min(int(self.headers.get("Content-Length") or 0), _MOST_BYTES)
        if urlsplit(self.path).path != "/login":
            while length > 0 and (got := self.rfile.read(min(length, 1 << 16))):
                length -= len(got)
            self._answer(200, "stored")
            return
        form = parse_qs(self.rfile.read(length).decode("utf-8", "replace"))
        name, password = (form.get(key, [""])[0] for key in ("user", "password"))
        if PEOPLE.get(name) == password:
            self._answer(200, f"<html><body>Welcome, {html.escape(name)}</body></html>")
        else:
            self._answer(401, "<html><body>Login failed</body></html>")

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002
        """Says nothing."""

    def _rows(self, statement: str) -> None:
        with sqlite3.connect(":memory:") as database:
            database.executescript(_TABLE)
            try:
                rows = database.execute(statement).fetchmany(200)
            except (sqlite3.Error, sqlite3.Warning) as error:
                self._answer(500, f"<html><body>SQLite error: {error}</body></html>")
                return
        cells = "".join(f"<tr><td>{'</td><td>'.join(map(str, row))}</td></tr>" for row in rows)
        self._answer(200, f"<html><body><table>{cells}</table></body></html>")

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


_FORM = (
    "<html><body><form method=post action=login><input name=user><input name=password>"
    "</form></body></html>"
)
_INDEX = (
    "<html><body><a href=search?q=a>search</a> <a href=item?id=1>item</a> "
    "<a href=echo?text=hello>echo</a> <a href=login>login</a></body></html>"
)


class _Server(ThreadingHTTPServer):
    address_family = socket.AF_INET6
    request_queue_size = 256
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that goes away is no news here."""


if __name__ == "__main__":
    folder = sys.argv[2] if len(sys.argv) > 2 else ""
    handler = functools.partial(Application, directory=folder)
    _Server(("::", int(sys.argv[1])), handler).serve_forever()
