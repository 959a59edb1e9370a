"""Time stamps as flow tables print them.

The Java tool prints `dd/MM/yyyy hh:mm:ss`, in cic-2018 without am or pm, in cic-v4 with them,
both in the local zone; the corrected fork prints ISO 8601 in UTC with up to microseconds
(cicflowmeter.md 9). Spreadsheets have cut seconds and leading zeros off some published files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars

__all__ = ["HALF_DAY_US", "Timestamps", "parse_timestamps"]

HALF_DAY_US = 12 * 3600 * 1_000_000
_SECOND_US = 1_000_000
_ISO = (
    r"^\s*(?P<year>[+-]?\d{4,6})-(?P<month>\d{1,2})-(?P<day>\d{1,2})[T ]"
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,9}))?)?"
    r"\s*(?:Z|[+]00:?00)?\s*$"
)
_SLASHED = (
    r"^\s*(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>[+]?\d{4,6})\s+"
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?\s*(?P<half>[AaPp][Mm])?\s*$"
)
_MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@dataclass(frozen=True, eq=False)
class Timestamps:
    """Parsed time stamps.

    Attributes:
        us: microseconds since 1970 as printed (no time zone applied), int64 [n]; 0 if invalid.
        hour: the hour as printed, int64 [n].
        local: the form of the Java tool, in whole seconds of a local clock, bool [n].
        half_day_known: am or pm is said, or the form has 24 hours, bool [n].
        valid: it is a time stamp at all, bool [n].
    """

    us: NDArray[np.int64]
    hour: NDArray[np.int64]
    local: NDArray[np.bool_]
    half_day_known: NDArray[np.bool_]
    valid: NDArray[np.bool_]

    @property
    def ambiguous(self) -> bool:
        """Whether the clock has 12 hours and no half of the day, judged by all rows together.

        A single hour 0 or above 12 shows a clock of 24 hours.
        """
        open_rows = self.valid & ~self.half_day_known
        hours = self.hour[open_rows]
        return bool(len(hours)) and bool(np.all((hours >= 1) & (hours <= 12)))


def parse_timestamps(texts: polars.Series) -> Timestamps:
    """Time stamps of any dialect, row by row.

    Args:
        texts: strings [n].
    """
    iso = texts.str.extract_groups(_ISO).struct.unnest()
    slashed = texts.str.extract_groups(_SLASHED).struct.unnest()
    local = slashed["day"].is_not_null().to_numpy()

    def number(name: str) -> NDArray[np.int64]:
        column = iso[name].fill_null("0") if name in iso.columns else None
        other = slashed[name].fill_null("0").cast(_int64(), strict=False).to_numpy()
        if column is None:
            return np.asarray(other, dtype=np.int64)
        mine = column.cast(_int64(), strict=False).to_numpy()
        return np.where(local, other, mine).astype(np.int64)

    fraction = iso["fraction"].fill_null("").str.pad_end(9, "0").str.head(6)
    microsecond = fraction.cast(_int64(), strict=False).to_numpy().astype(np.int64)
    year, month, day = number("year"), number("month"), number("day")
    hour, minute, second = number("hour"), number("minute"), number("second")
    half = slashed["half"].str.to_lowercase().fill_null("").to_numpy()
    said = half != ""
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    days = _MONTH_DAYS[np.clip(month, 1, 12) - 1] + (leap & (month == 2))
    valid = (
        (local | iso["day"].is_not_null().to_numpy())
        & (month >= 1) & (month <= 12) & (day >= 1) & (day <= days)
        & (hour <= 23) & (minute <= 59) & (second <= 60)
        & (~said | ((hour >= 1) & (hour <= 12)))
    )  # fmt: skip
    of_day = np.where(said, hour % 12 + 12 * (half == "pm"), hour)
    seconds = _days_since_1970(year, month, day) * 86400 + of_day * 3600 + minute * 60 + second
    us = np.where(valid, seconds * _SECOND_US + microsecond, 0)
    return Timestamps(us, hour, local, ~local | said, valid)


def _int64() -> type[polars.Int64]:
    import polars as pl

    return pl.Int64


def _days_since_1970(
    year: NDArray[np.int64], month: NDArray[np.int64], day: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Days of the proleptic Gregorian calendar; years beyond 9999 too, which datetime lacks."""
    shifted = year - (month <= 2)
    era = shifted // 400
    year_of_era = shifted - era * 400
    day_of_year = (153 * (month + np.where(month > 2, -3, 9)) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return np.asarray(era * 146097 + day_of_era - 719468, dtype=np.int64)
