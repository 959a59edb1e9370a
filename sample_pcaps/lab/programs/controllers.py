"""Controllers asked over UDP: `controllers serve PROTOCOL`, `controllers poll PROTOCOL HOST TIMES
WAIT JITTER WORDS PORT`.

PORT 0: each question comes from a port of its own, as pollers do that open a socket for each.
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["PROTOCOLS", "Protocol", "poll"]

_TIMEOUT_S = 1.0


@dataclass(frozen=True)
class Protocol:
    """How words of a controller are read.

    Attributes:
        port: where controllers listen.
        ask: a question: its number, how many words.
        answer: to a question; None: it is none.
    """

    port: int
    ask: Callable[[int, int], bytes]
    answer: Callable[[bytes], bytes | None]


def _ask_modbus(number: int, words: int) -> bytes:
    # Modbus application protocol 6.3, in datagrams.
    return struct.pack(">HHHBBHH", number & 0xFFFF, 0, 6, 1, 3, 0, words)


def _answer_modbus(asked: bytes) -> bytes | None:
    if len(asked) != 12:
        return None
    number, words = struct.unpack_from(">H", asked)[0], struct.unpack_from(">H", asked, 10)[0]
    body = struct.pack(">BBB", 1, 3, 2 * words & 0xFF) + random.randbytes(2 * words)
    return struct.pack(">HHH", number, 0, len(body)) + body


def _ask_fins(number: int, words: int) -> bytes:
    # FINS: ten bytes of head, the command (0101: memory is read), area, place, how many.
    head = bytes((0x80, 0, 2, 0, 1, 0, 0, 99, 0, number & 0xFF))
    return head + struct.pack(">HBHBH", 0x0101, 0x82, 100, 0, words)


def _answer_fins(asked: bytes) -> bytes | None:
    if len(asked) != 18:
        return None
    words = struct.unpack_from(">H", asked, 16)[0]
    return b"\xc0" + asked[1:12] + b"\0\0" + random.randbytes(2 * words)


def _ask_bacnet(number: int, words: int) -> bytes:
    # BACnet/IP (annex J): BVLC, NPDU, ReadPropertyMultiple of so many objects' present values.
    objects = b"".join(
        struct.pack(">BIBBBB", 0x0C, place, 0x1E, 0x09, 85, 0x1F) for place in range(words)
    )
    body = bytes((1, 4, 2, 0x75, number & 0xFF, 14)) + objects
    return struct.pack(">BBH", 0x81, 0x0A, 4 + len(body)) + body


def _answer_bacnet(asked: bytes) -> bytes | None:
    if len(asked) < 10 or asked[0] != 0x81:
        return None
    values = b"".join(
        asked[at : at + 5] + b"\x1e\x29\x55\x4e\x44" + random.randbytes(4) + b"\x4f\x1f"
        for at in range(10, len(asked), 9)
    )
    body = bytes((1, 0, 0x30, asked[8], 14)) + values
    return struct.pack(">BBH", 0x81, 0x0A, 4 + len(body)) + body


#: By name. The data are noise; sizes and order are right.
PROTOCOLS: Mapping[str, Protocol] = MappingProxyType(
    {
        "modbus": Protocol(502, _ask_modbus, _answer_modbus),
        "fins": Protocol(9600, _ask_fins, _answer_fins),
        "bacnet": Protocol(47808, _ask_bacnet, _answer_bacnet),
    }
)


def poll(
    name: str, host: str, times: int, wait_s: float, jitter: float, words: int, port: int
) -> int:
    """Asks again and again; whoever does not answer within a second is asked the next time.

    Args:
        name: of the protocol.
        host: address of the controller.
        times: how many questions.
        wait_s: between the begins of two of them.
        jitter: share of `wait_s` by which it varies.
        words: how much is read.
        port: where questions come from; 0: each from a new one.

    Returns:
        How many were answered.
    """
    protocol, answered = PROTOCOLS[name], 0
    with contextlib.ExitStack() as kept:
        asked = kept.enter_context(_socket(port)) if port else None
        at = time.monotonic()
        for number in range(times):
            with contextlib.ExitStack() as fresh:
                one = asked or fresh.enter_context(_socket(0))
                with contextlib.suppress(OSError):
                    one.connect((host, protocol.port))
                    one.send(protocol.ask(number, words))
                    one.recv(2048)
                    answered += 1
            at += wait_s * random.uniform(1 - jitter, 1 + jitter)
            time.sleep(max(0.0, at - time.monotonic()))
    return answered


def _socket(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("", port))
    made.settimeout(_TIMEOUT_S)
    return made


def _serve(protocol: Protocol) -> None:
    with _socket(protocol.port) as listening:
        listening.settimeout(None)
        while True:
            asked, sender = listening.recvfrom(2048)
            answer = protocol.answer(asked)
            if answer is not None:
                time.sleep(random.uniform(0.0005, 0.008))  # a controller answers once a cycle
                listening.sendto(answer, sender)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        _serve(PROTOCOLS[sys.argv[2]])
    else:
        name, host, times, wait, jitter, words, port = sys.argv[2:]
        poll(name, host, int(times), float(wait), float(jitter), int(words), int(port))
