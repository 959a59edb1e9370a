"""How a monitor stands, on standard error: one line that is rewritten on a terminal.

Elsewhere it is a line a minute, so that a log shows that it runs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from netad_pcap.capture.wording import count_of

if TYPE_CHECKING:
    from netad_pcap.engine import MonitorStatus

__all__ = ["StatusLine"]

_TERMINAL_S, _LOG_S = 1.0, 60.0


class StatusLine:
    """Shows what it is told, as often as that is of use.

    Args:
        wanted: show anything at all.
    """

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted
        self._terminal = sys.stderr.isatty()
        self._every_s = _TERMINAL_S if self._terminal else _LOG_S
        self._begun_s = time.monotonic()
        self._shown_s = self._begun_s
        self._packets = 0
        self._drawn = False

    def show(self, status: MonitorStatus) -> None:
        """Draw the line, if it is time to."""
        now_s = time.monotonic()
        past_s = now_s - self._shown_s
        if not self._wanted or past_s < self._every_s:
            return
        rate = (status.packets - self._packets) / past_s
        self._shown_s, self._packets = now_s, status.packets
        self._draw(
            f"{_source(status)} · {rate:,.0f} packets/s · "
            f"{count_of(status.open_flows, 'open flow')} · "
            f"{_counts(status)} in {_clock(now_s - self._begun_s)}"
        )

    def remark(self, sentence: str) -> None:
        """What a person should know before it begins."""
        if self._wanted:
            self.clear()
            sys.stderr.write(f"{sentence}\n")
            sys.stderr.flush()

    def end(self, status: MonitorStatus, remarks: Sequence[str]) -> None:
        """The totals, and what a person should know of them."""
        if not self._wanted:
            return
        self.clear()
        elapsed = _clock(time.monotonic() - self._begun_s)
        words = (
            f"{_source(status)} · {count_of(status.packets, 'packet')} · "
            f"{count_of(status.flows, 'flow')} · "
            f"{_counts(status)} in {elapsed}"
        )
        sys.stderr.write("".join(f"{line}\n" for line in (words, *(f"  {r}" for r in remarks))))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.clear()

    def _draw(self, words: str) -> None:
        end = "" if self._terminal else "\n"
        self.clear()
        sys.stderr.write(words + end)
        sys.stderr.flush()
        self._drawn = self._terminal

    def clear(self) -> None:
        """Take the line off the screen, so that something else can be written there."""
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            self._drawn = False


def _source(status: MonitorStatus) -> str:
    from netad_pcap.report import terminal_text

    return terminal_text(status.source)


def _counts(status: MonitorStatus) -> str:
    return f"{status.dropped:,} dropped · {count_of(status.findings, 'finding')}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest:02}"
