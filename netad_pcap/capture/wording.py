"""Numbers, spans and times as people read them in messages about captures."""

from __future__ import annotations

import datetime

__all__ = ["count_of", "span_of", "times_of", "utc_text"]

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_UNITS = ((86_400_000_000, "days"), (3_600_000_000, "h"), (60_000_000, "min"), (1_000_000, "s"))


def count_of(number: int, noun: str) -> str:
    """`1 packet`, `1,200 packets`; of nouns with a plural in s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def times_of(number: int) -> str:
    """`once`, `3 times`."""
    return "once" if number == 1 else f"{number:,} times"


def span_of(span_us: int) -> str:
    """A span of time in its natural unit: `12 ms`, `1.5 s`, `3 h`, `40 days`."""
    if span_us < 1_000:
        return f"{span_us} µs"
    if span_us < 1_000_000:
        return f"{span_us / 1_000:.3g} ms"
    size, unit = next(u for u in _UNITS if span_us >= u[0])
    amount = span_us / size
    return f"{amount:,.0f} {unit}" if amount >= 100 else f"{amount:.3g} {unit}"


def utc_text(time_us: int | None) -> str | None:
    """ISO 8601 in UTC with microseconds and `Z`; None stays None.

    Stamps outside the calendar (years 1 to 9999) are clamped to it.
    """
    if time_us is None:
        return None
    try:
        time = _EPOCH + datetime.timedelta(microseconds=time_us)
    except OverflowError:
        time = (datetime.datetime.max if time_us > 0 else datetime.datetime.min).replace(
            tzinfo=datetime.UTC
        )
    return f"{time.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
