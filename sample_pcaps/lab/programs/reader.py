"""Reads pages and pictures of a site over one connection: `reader HOST PAGES THINK_SECONDS`."""

from __future__ import annotations

import http.client
import random
import re
import sys
import time

__all__ = ["read_pages"]

_TIMEOUT_S = 10


def read_pages(host: str, pages: int, think_s: float) -> None:
    """Follows links, waits as a reader does."""
    connection = http.client.HTTPConnection(host, timeout=_TIMEOUT_S)
    path = "/index.html"
    for number in range(pages):
        if number:
            time.sleep(random.expovariate(1 / think_s))
        text = _get(connection, path).decode("ascii", "replace")
        for picture in re.findall(r'src="([^"]+)"', text):
            _get(connection, picture)
        path = random.choice(re.findall(r'href="(/[^"]+)"', text) or ["/index.html"])
    connection.close()


def _get(connection: http.client.HTTPConnection, path: str) -> bytes:
    connection.request("GET", path)
    return connection.getresponse().read()


if __name__ == "__main__":
    read_pages(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
