"""A stand-in for a domain of desks: `domain serve`, and
`domain talk HOST DIALOGUE TIMES WAIT`.

It speaks no Kerberos, LDAP or RPC: a question says how long its answer is to be. Ports, the
order of connections and sizes are those of a domain; what passes is noise.
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sample_pcaps.lab.programs.listening import serve

__all__ = ["DIALOGUES", "DIRECTORY", "KERBEROS", "MAPPER", "PORTS", "RPC", "Step", "talk"]

KERBEROS, MAPPER, DIRECTORY, RPC = 88, 135, 389, 49_667
PORTS = (KERBEROS, MAPPER, DIRECTORY, RPC)
_HEAD = struct.Struct(">II")  # bytes of the question, of the answer
_MOST = 1 << 20
_TIMEOUT_S = 3.0
#: Sizes differ by up to this share.
_SPREAD = 0.2


@dataclass(frozen=True)
class Step:
    """One connection.

    Attributes:
        port: to which.
        words: bytes of questions and of their answers.
        datagram: it is one datagram each way instead.
        pause_s: at most so long between two questions.
    """

    port: int
    words: tuple[tuple[int, int], ...]
    datagram: bool = False
    pause_s: float = 0.05


_PING = Step(DIRECTORY, ((160, 180),), datagram=True)
_TICKETS = (
    Step(KERBEROS, ((230, 200),)),
    Step(KERBEROS, ((310, 1500),)),
    Step(KERBEROS, ((1500, 1550),)),
)
_MAP = Step(MAPPER, ((116, 84), (156, 152)))
#: What is said by one who does it once.
DIALOGUES: Mapping[str, tuple[Step, ...]] = MappingProxyType(
    {
        "logon": (
            _PING, *_TICKETS,
            Step(DIRECTORY, ((2100, 210), (180, 2600), (240, 900))),
            _MAP,
            Step(RPC, ((1700, 300), (260, 180), (420, 520))),
        ),
        "directory": (
            Step(DIRECTORY, ((2100, 210), *((200, 1800),) * 6), pause_s=2.0),
        ),
        "ticket": _TICKETS[1:],
        # Attacks.
        "password": (Step(KERBEROS, ((210, 170),)),),
        "reset": (Step(RPC, ((72, 60), (150, 70), (210, 60))),),
        "run": (
            _MAP,
            Step(RPC, ((1900, 330), (700, 900), (3200, 300), (460, 1300), (300, 160)), pause_s=0.6),
        ),
        "copy": (
            _PING, _MAP,
            Step(RPC, ((1800, 320), (360, 400), (330, 700), *((380, 60_000),) * 5), pause_s=0.2),
        ),
    }
)  # fmt: skip


def talk(host: str, dialogue: str, times: int, wait_s: float) -> None:
    """Says it so many times; who does not answer is not waited for long."""
    for _ in range(times):
        for step in DIALOGUES[dialogue]:
            with contextlib.suppress(OSError):
                _say(host, step)
        time.sleep(random.expovariate(1 / wait_s))


def _say(host: str, step: Step) -> None:
    kind = socket.SOCK_DGRAM if step.datagram else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as ours:
        ours.settimeout(_TIMEOUT_S)
        ours.connect((host, step.port))
        for asked, answered in step.words:
            question, answer = _about(asked), _about(answered)
            ours.sendall(_HEAD.pack(question, answer) + random.randbytes(question))
            while answer > 0 and (got := ours.recv(1 << 16)):
                answer -= len(got)
            time.sleep(random.uniform(0, step.pause_s))


def _about(size: int) -> int:
    return int(size * random.uniform(1 - _SPREAD, 1 + _SPREAD))


def _answer(connection: socket.socket) -> None:
    with connection.makefile("rb") as asked:
        while len(head := asked.read(_HEAD.size)) == _HEAD.size:
            question, answer = _HEAD.unpack(head)
            if question > _MOST or answer > _MOST:
                return
            asked.read(question)
            connection.sendall(random.randbytes(answer))


def _answer_datagrams() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("", DIRECTORY))
        while True:
            asked, sender = datagrams.recvfrom(4096)
            if len(asked) >= _HEAD.size:
                answer = min(_HEAD.unpack_from(asked)[1], 1400)
                datagrams.sendto(random.randbytes(answer), sender)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        threading.Thread(target=_answer_datagrams, daemon=True).start()
        for port in PORTS[1:]:
            threading.Thread(target=serve, args=(port, _answer), daemon=True).start()
        serve(PORTS[0], _answer)
    else:
        host, dialogue, times, wait = sys.argv[2:]
        talk(host, dialogue, int(times), float(wait))
