"""How a monitor stands: a line that is rewritten on a terminal, a line a minute in a log."""

from __future__ import annotations

import io
import sys

import pytest

from netad_pcap.cli.status_line import StatusLine
from netad_pcap.engine import MonitorStatus

STATUS = MonitorStatus("eth0", 744_000, 5_000, 310, 0, 2)


class Screen(io.StringIO):
    """Standard error, a terminal or not."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, as the last element."""
    times = [0.0]
    monkeypatch.setattr("netad_pcap.cli.status_line.time.monotonic", lambda: times[-1])
    return times


def test_log_has_a_line_a_minute(monkeypatch: pytest.MonkeyPatch, clock: list[float]) -> None:
    monkeypatch.setattr(sys, "stderr", screen := Screen(terminal=False))
    with StatusLine(wanted=True) as line:
        for second in range(130):
            clock.append(float(second))
            line.show(STATUS)
    assert screen.getvalue().splitlines() == [
        "eth0 · 12,400 packets/s · 310 open flows · 0 dropped · 2 findings in 00:01:00",
        "eth0 · 0 packets/s · 310 open flows · 0 dropped · 2 findings in 00:02:00",
    ]


def test_line_on_a_terminal_is_rewritten(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    monkeypatch.setattr(sys, "stderr", screen := Screen(terminal=True))
    with StatusLine(wanted=True) as line:
        for second in (1.0, 1.2, 2.0):
            clock.append(second)
            line.show(STATUS)
    drawn = screen.getvalue().split("\r\x1b[K")
    assert [words[-11:] for words in drawn] == ["in 00:00:01", "in 00:00:02", ""]


def test_end_says_totals_and_remarks(monkeypatch: pytest.MonkeyPatch, clock: list[float]) -> None:
    monkeypatch.setattr(sys, "stderr", screen := Screen(terminal=False))
    with StatusLine(wanted=True) as line:
        clock.append(847.0)
        line.end(MonitorStatus("eth\x1b0", 1_000, 20, 0, 3, 1), ["not metered: 6 ARP"])
    assert screen.getvalue() == (
        "eth\\x1b0 · 1,000 packets · 20 flows · 3 dropped · 1 finding in 00:14:07\n"
        "  not metered: 6 ARP\n"
    )


def test_quiet_shows_nothing(monkeypatch: pytest.MonkeyPatch, clock: list[float]) -> None:
    monkeypatch.setattr(sys, "stderr", screen := Screen(terminal=True))
    with StatusLine(wanted=False) as line:
        clock.append(100.0)
        line.show(STATUS)
        line.end(STATUS, ["x"])
    assert screen.getvalue() == ""
