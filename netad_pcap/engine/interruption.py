"""Ctrl-C: the first ends reading and everything read is reported, the second ends at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType, TracebackType
from typing import Any, Self

__all__ = ["Interruption"]

#: How long who writes to our standard input has to end what it was writing, seconds.
_GRACE_S = 1.0


class Interruption:
    """While its block runs, the first signal only sets it; the second raises KeyboardInterrupt.

    It is a `should_stop` for the engine: calling it says whether Ctrl-C was pressed. Outside
    the main thread it never is.

    Args:
        signals: what counts as Ctrl-C.
    """

    def __init__(self, signals: Sequence[int] = (signal.SIGINT,)) -> None:
        self._pressed = False
        self._signals = signals
        self._before: dict[int, Any] = {}
        self._alarm_before: Any = None

    def __call__(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self._pressed

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in self._signals:
                self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)
        if self._alarm_before is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._alarm_before)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._pressed:
            raise KeyboardInterrupt
        self._pressed = True
        if hasattr(signal, "setitimer") and not sys.stdin.isatty():
            self._alarm_before = signal.signal(signal.SIGALRM, _end_standard_input)
            signal.setitimer(signal.ITIMER_REAL, _GRACE_S)


def _end_standard_input(number: int, frame: FrameType | None) -> None:
    """A read that waits for a silent pipe is tried again after a signal: now it finds the end."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
