"""The first Ctrl-C is a wish, the second an order."""

from __future__ import annotations

import os
import signal

import pytest

from netad_pcap.engine.interruption import Interruption


def _press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_first_press_is_only_noted() -> None:
    with Interruption() as stop:
        assert not stop()
        _press()
        assert stop()


def test_second_press_raises() -> None:
    with Interruption():
        _press()
        with pytest.raises(KeyboardInterrupt):
            _press()


def test_handler_of_before_comes_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interruption():
        pass
    assert signal.getsignal(signal.SIGINT) is before
