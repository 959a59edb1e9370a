"""Probes a web application for known holes: `web_probe HOST PREFIX REQUESTS WAIT`."""

from __future__ import annotations

import contextlib
import http.client
import random
import sys
import time
from urllib.parse import quote

__all__ = ["probe"]

_PATHS = (
    "/cgi-bin/test.cgi", "/admin/login.php", "/../../etc/passwd", "/a.php?page=../../etc/passwd",
    "/.svn/entries", "/server-status", "/backup.zip", "/wp-admin/setup.php", "/icons/README",
)  # fmt: skip
_INPUTS = (
    "<script>alert(1)</script>", "'\"><img src=x onerror=alert(1)>", "1' OR '1'='1", "1; SELECT 1",
    "1 UNION SELECT name, card FROM people", "../../../../etc/passwd", "$(id)", "%00", "A" * 900,
)  # fmt: skip


def probe(host: str, prefix: str, requests: int, wait_s: float) -> None:
    """A new connection for each request, as such programs do where servers close."""
    for number in range(requests):
        page, name = random.choice((("search", "q"), ("item", "id"), ("echo", "text")))
        path = f"/{page}?{name}={quote(random.choice(_INPUTS))}"
        if number % 2:
            path = random.choice(_PATHS) + f"?{number}"
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(host, timeout=5)
            connection.request("GET", prefix + quote(path, "/?=&%"))
            connection.getresponse().read()
            connection.close()
        time.sleep(random.expovariate(1 / wait_s) if wait_s else 0)


if __name__ == "__main__":
    probe(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
