"""Sessions with a device: described, then data until it ends them; then the next."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from functools import partial

import pytest

from sample_pcaps.lab.programs import phasors


def serving(
    monkeypatch: pytest.MonkeyPatch, talk: Callable[[socket.socket], None]
) -> list[socket.socket]:
    """Connections that were taken, by a server at the port where devices listen."""
    server = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setattr(phasors, "PORT", server.getsockname()[1])
    taken: list[socket.socket] = []

    def run() -> None:
        while True:
            connection = server.accept()[0]
            taken.append(connection)
            with connection, contextlib.suppress(OSError):  # as `serve` does
                talk(connection)

    threading.Thread(target=run, daemon=True).start()
    return taken


def test_session_is_begun_anew_at_once_when_the_device_ends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken = serving(monkeypatch, partial(phasors.talk, lasts_s=(0.1, 0.2)))
    brought = phasors.gather("127.0.0.1", 1.5, 5.0, 1.0)
    assert brought >= 2
    assert len(taken) == brought


def test_mute_device_is_left_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def hear(connection: socket.socket) -> None:
        while connection.recv(4096):
            pass

    taken = serving(monkeypatch, hear)
    assert phasors.gather("127.0.0.1", 0.7, 0.05, 0.1) == 0
    assert 2 <= len(taken) <= 7


def test_refusal_is_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(phasors, "PORT", server.getsockname()[1])
    begin = time.monotonic()
    assert phasors.gather("127.0.0.1", 0.3, 0.1, 0.1) == 0
    assert 0.3 <= time.monotonic() - begin < 2.0


def test_frames_say_how_long_they_are_and_data_are_small() -> None:
    ours, theirs = socket.socketpair()

    def run() -> None:
        with theirs, contextlib.suppress(OSError):
            phasors.talk(theirs, (0.3, 0.4))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    with ours, ours.makefile("rb") as frames:
        ours.settimeout(10)
        ours.sendall(phasors._command(phasors._DESCRIBE) + phasors._command(phasors._BEGIN))
        kinds = []
        for _ in range(3):
            kind, size = struct.unpack(">HH", frames.read(4))
            assert len(frames.read(size - 4)) == size - 4
            kinds.append(kind)
            if kind == phasors._DATA:
                assert 50 <= size <= 100
    assert kinds == [phasors._CONFIGURATION, phasors._DATA, phasors._DATA]
    thread.join(5)
