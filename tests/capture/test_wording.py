from __future__ import annotations

import pytest

from netad_pcap.capture.wording import count_of, span_of, times_of, utc_text


@pytest.mark.parametrize(
    ("span_us", "text"),
    [
        (7, "7 µs"),
        (12_000, "12 ms"),
        (1_500_000, "1.5 s"),
        (90_000_000, "1.5 min"),
        (3 * 3_600_000_000, "3 h"),
        (400 * 86_400_000_000, "400 days"),
    ],
)
def test_spans_have_their_natural_unit(span_us: int, text: str) -> None:
    assert span_of(span_us) == text


def test_one_is_singular() -> None:
    assert (count_of(1, "packet"), count_of(1200, "packet")) == ("1 packet", "1,200 packets")
    assert (times_of(1), times_of(3)) == ("once", "3 times")


@pytest.mark.parametrize(
    ("time_us", "text"),
    [
        (None, None),
        (0, "1970-01-01T00:00:00.000000Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (2**63 - 1, "9999-12-31T23:59:59.999999Z"),
        (-(2**63), "0001-01-01T00:00:00.000000Z"),
    ],
)
def test_times_are_utc_and_clamped_to_the_calendar(time_us: int | None, text: str | None) -> None:
    assert utc_text(time_us) == text
