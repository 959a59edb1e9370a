"""Says that it lives, and hears orders: `beacon HOST PORT WAY WAIT JITTER SECONDS`.

Ways: `http`, `tls`, `tcp`, `udp`, and `kept`, one connection.

`beacon serve PORT` answers the last three.
"""

from __future__ import annotations

import contextlib
import http.client
import random
import socket
import ssl
import sys
import threading
import time

from sample_pcaps.lab.programs.listening import serve

__all__ = ["beacon"]

_TIMEOUT_S = 5
_WORD_BYTES = 48
#: One word of eight brings an order and is followed by a longer report.
_ORDER_SHARE = 1 / 8


def beacon(host: str, port: int, way: str, wait_s: float, jitter: float, seconds: float) -> None:
    """A word every `wait_s` seconds, each interval drawn within the share `jitter` of it."""
    end = time.monotonic() + seconds
    kept: socket.socket | None = None
    while time.monotonic() < end:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if way == "kept":
                kept = kept or socket.create_connection((host, port), _TIMEOUT_S)
                _say(kept)
            elif way == "tcp":
                with socket.create_connection((host, port), _TIMEOUT_S) as connection:
                    _say(connection)
            elif way == "udp":
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
                    datagrams.settimeout(_TIMEOUT_S)
                    datagrams.connect((host, port))
                    _say(datagrams)
            else:
                _request(host, port, way == "tls")
        time.sleep(wait_s * random.uniform(1 - jitter, 1 + jitter))


def _say(connection: socket.socket) -> None:
    connection.sendall(random.randbytes(_WORD_BYTES))
    answer = connection.recv(4096)
    if len(answer) > _WORD_BYTES:
        connection.sendall(random.randbytes(random.randrange(200, 1200)))


def _request(host: str, port: int, tls: bool) -> None:
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection(host, port, timeout=_TIMEOUT_S, context=context)
    orders = random.random() < _ORDER_SHARE
    connection.request("GET", "/app/news?n=" + str(random.randrange(300, 2000) if orders else 24))
    connection.getresponse().read()
    if orders:
        body = random.randbytes(random.randrange(300, 3000))
        connection.request("POST", "/app/upload", body)
        connection.getresponse().read()
    connection.close()


def _answer(connection: socket.socket) -> None:
    while connection.recv(4096):
        more = random.randrange(100, 900) if random.random() < _ORDER_SHARE else 0
        connection.sendall(random.randbytes(_WORD_BYTES // 2 + more))


def _answer_datagrams(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("", port))
        while True:
            _, sender = datagrams.recvfrom(4096)
            datagrams.sendto(random.randbytes(_WORD_BYTES // 2), sender)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        threading.Thread(target=_answer_datagrams, args=(int(sys.argv[2]),), daemon=True).start()
        serve(int(sys.argv[2]), _answer)
    else:
        host, port, way, wait, jitter, seconds = sys.argv[1:]
        beacon(host, int(port), way, float(wait), float(jitter), float(seconds))
