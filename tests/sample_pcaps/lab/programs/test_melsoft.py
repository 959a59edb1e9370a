"""A controller is looked for until it answers; then its memory is read."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from sample_pcaps.lab.programs import melsoft


def test_late_controller_is_looked_for_then_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setattr(melsoft, "PORT", free.getsockname()[1])
    threading.Thread(target=melsoft._serve, args=(0.5,), daemon=True).start()
    time.sleep(0.1)
    # Nobody hears the second address.
    assert melsoft.seek("127.0.0.1", "127.0.0.2", 0.05, 0.3) == 0
    assert melsoft.seek("127.0.0.1", "127.0.0.2", 0.05, 1.5) >= 5


def test_who_is_not_there_is_looked_for_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        monkeypatch.setattr(melsoft, "PORT", silent.getsockname()[1])
        assert melsoft.seek("127.0.0.1", "127.0.0.2", 0.05, 0.5) == 0
        silent.setblocking(False)
        heard = 0
        while True:
            try:
                silent.recv(100)
            except BlockingIOError:
                break
            heard += 1
    assert 2 <= heard <= 16


def test_answer_of_another_is_none_of_the_one_that_is_sought(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        monkeypatch.setattr(melsoft, "PORT", other.getsockname()[1])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as station:
            station.bind(("127.0.0.1", 0))
            other.sendto(b"here", station.getsockname())
            assert not melsoft._answered(station, "127.0.0.2", 0.1)
            other.sendto(b"here", station.getsockname())
            assert melsoft._answered(station, "127.0.0.1", 5.0)
