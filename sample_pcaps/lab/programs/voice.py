"""Telephony: `voice serve`, `voice register HOST EVERY SECONDS`, `voice call HOST SECONDS QUIET`.

Signalling as in SIP (RFC 3261) over UDP port 5060, sound as in RTP (RFC 3550): a datagram each
20 ms both ways, a report every five seconds. What is said is noise.
"""

from __future__ import annotations

import random
import socket
import struct
import sys
import threading
import time

__all__ = ["call", "register"]

_SIP, _TIMEOUT_S = 5060, 2.0
_FRAME_S, _FRAME_BYTES = 0.02, 160  # G.711
_REPORT_S = 5.0
_LONGEST_CALL = 30_000  # frames: ten minutes
_FIRST_MEDIA, _LAST_MEDIA = 10_000, 20_000


def register(host: str, every_s: float, seconds: float) -> None:
    """Says where the telephone is: asked for a password each time; alive in between."""
    with _socket(_SIP) as line:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for more in (0, 210):
                line.sendto(_message("REGISTER", 420 + more), (host, _SIP))
                _take(line, _TIMEOUT_S)
            for _ in range(3):
                time.sleep(min(every_s * random.uniform(0.3, 0.36), max(0, end - time.monotonic())))
                line.sendto(b"\r\n\r\n", (host, _SIP))  # RFC 5626 3.5.1
                _take(line, 0.3)


def call(host: str, seconds: float, quiet: float) -> None:
    """A call.

    Args:
        host: of the exchange.
        seconds: of talk.
        quiet: share of frames that are not sent, as nothing is said.
    """
    with _socket(0) as line, _socket(0) as media, _socket(0) as reports:
        line.sendto(_message("INVITE", 900), (host, _SIP))
        for _ in range(3):  # 100, 180, 200
            answer = _take(line, _TIMEOUT_S)
        if not answer.startswith(b"SIP/2.0 200"):
            return
        port = int(answer.rsplit(b" ", 1)[1])
        line.sendto(_message("ACK", 380), (host, _SIP))
        threading.Thread(target=_drain, args=(media,), daemon=True).start()
        _talk(media, reports, (host, port), seconds, quiet)
        line.sendto(_message("BYE", 400), (host, _SIP))
        _take(line, _TIMEOUT_S)


def _talk(
    media: socket.socket, reports: socket.socket, to: tuple[str, int], seconds: float, quiet: float
) -> None:
    """Speech comes in spurts; pauses between them as long as `quiet` says."""
    begin = time.monotonic()
    reported, spurt, said = begin, 0, True
    source = random.getrandbits(32)
    for number in range(int(seconds / _FRAME_S)):
        time.sleep(max(0.0, begin + number * _FRAME_S - time.monotonic()))
        if spurt <= 0:
            said = random.random() >= quiet
            spurt = int(random.expovariate(1 / 40)) + 5
        spurt -= 1
        if said:
            head = struct.pack(">BBHII", 0x80, 0, number & 0xFFFF, number * 160, source)
            media.sendto(head + random.randbytes(_FRAME_BYTES), to)
        if time.monotonic() - reported > _REPORT_S:
            reports.sendto(random.randbytes(random.choice((52, 76, 84))), (to[0], to[1] + 1))
            reported = time.monotonic()


def _serve() -> None:
    """Registers whom it knows, and talks to whoever calls until they hang up."""
    over: dict[tuple[str, int], threading.Event] = {}
    with _socket(_SIP) as line:
        while True:
            asked, sender = line.recvfrom(4096)
            word = asked.split(b" ", 1)[0]
            if word == b"REGISTER":
                known = len(asked) > 500
                answer = _message("SIP/2.0 200 OK" if known else "SIP/2.0 401 Unauthorized", 430)
                line.sendto(answer, sender)
            elif word == b"INVITE":
                over[sender] = threading.Event()
                threading.Thread(
                    target=_pick_up, args=(line, sender, over[sender]), daemon=True
                ).start()
            elif word == b"BYE":
                over.setdefault(sender, threading.Event()).set()
                time.sleep(2 * _FRAME_S)
                line.sendto(_message("SIP/2.0 200 OK", 330), sender)
            elif asked == b"\r\n\r\n":
                line.sendto(b"\r\n", sender)


def _pick_up(line: socket.socket, caller: tuple[str, int], over: threading.Event) -> None:
    port = random.randrange(_FIRST_MEDIA, _LAST_MEDIA, 2)
    with _socket(port) as media, _socket(port + 1):  # reports are taken and not read
        line.sendto(_message("SIP/2.0 100 Trying", 310), caller)
        time.sleep(0.1)
        line.sendto(_message("SIP/2.0 180 Ringing", 360), caller)
        time.sleep(random.uniform(0.5, 1.5))
        line.sendto(_message("SIP/2.0 200 OK", 800, f" {port}"), caller)
        media.settimeout(_TIMEOUT_S)
        try:
            _, speaker = media.recvfrom(2048)
        except TimeoutError:
            return
        _speak(media, speaker, over)


def _speak(media: socket.socket, to: tuple[str, int], over: threading.Event) -> None:
    """Speaks without pause until the other has hung up."""
    begin, source = time.monotonic(), random.getrandbits(32)
    for number in range(_LONGEST_CALL):
        if over.wait(max(0.0, begin + number * _FRAME_S - time.monotonic())):
            return
        head = struct.pack(">BBHII", 0x80, 0, number & 0xFFFF, number * 160, source)
        media.sendto(head + random.randbytes(_FRAME_BYTES), to)


def _message(first: str, size: int, last: str = "") -> bytes:
    """A message of about so many bytes: its first line right, the rest of the right length."""
    middle = "x" * max(0, size + random.randrange(-30, 30) - len(first) - len(last))
    return f"{first} sip:corp.example {middle}{last}".encode()


def _drain(heard: socket.socket) -> None:
    while True:
        try:
            heard.recv(2048)
        except OSError:
            return


def _take(heard: socket.socket, seconds: float) -> bytes:
    heard.settimeout(seconds)
    try:
        return heard.recv(4096)
    except OSError:
        return b""


def _socket(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("", port))
    return made


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        _serve()
    elif sys.argv[1] == "register":
        register(sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
    else:
        call(sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
