"""Times as the data sets print them (cicflowmeter.md 9), whole columns at once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from netad_pcap.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["check_timezone", "moment_of", "timestamp_column"]

#: polars knows no day behind the year 262,142; stamps go on to 290,000 years from now, and
#: a hostile capture has them. They are printed as the first of that year.
_LAST_US = 8_210_235_340_800_000_000

#: The corrected fork stops printing fractions here: 2262-04-11 23:47:16.854776 UTC, the
#: largest time that fits 64 bits of nanoseconds.
_LAST_FRACTION_US = (2**63 - 1) // 1000
#: Profiles whose Timestamp is local time, in whole seconds, with its form.
_LOCAL = {"cic-2018": "%d/%m/%Y %I:%M:%S", "cic-v4": "%d/%m/%Y %I:%M:%S %p"}


def check_timezone(name: str) -> str:
    """The name of a time zone, if it is one.

    Raises:
        UsageError: no such zone.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            f"no time zone {name!r}; use a name like UTC, America/Moncton or Europe/Berlin"
        ) from None
    return name


def moment_of(name: str) -> pl.Expr:
    """The column of that name, int64 µs since 1970, as a time without zone."""
    import polars as pl

    return pl.from_epoch(pl.col(name).clip(upper_bound=_LAST_US), time_unit="us")


def timestamp_column(time_us: pl.Series, profile: str | None, timezone: str = "UTC") -> pl.Series:
    """Times as text in the form of a profile.

    `cic-2018`: `dd/MM/yyyy hh:mm:ss`, hours 01 to 12 without AM or PM, local time; `cic-v4`
    with ` AM` or ` PM`; else `yyyy-MM-dd HH:mm:ss` in UTC, with `.fff` or `.ffffff` where
    there is a fraction.

    Args:
        time_us: int64, µs since 1970 UTC.
        profile: whose form.
        timezone: of the machine that the local forms pretend to have run on.
    """
    import polars as pl

    frame = pl.DataFrame({"us": time_us})
    moment = moment_of("us")
    form = _LOCAL.get(profile or "")
    if form is not None:
        local = moment.dt.replace_time_zone("UTC").dt.convert_time_zone(timezone)
        text = local.dt.strftime(form)
        if profile == "cic-2018":
            text = text.str.replace("+", "", literal=True)
        return frame.select(text.alias("Timestamp"))["Timestamp"]
    micro = pl.col("us") % 1_000_000
    fraction = (
        pl.when((micro == 0) | (pl.col("us") > _LAST_FRACTION_US))
        .then(pl.lit(""))
        .when(micro % 1000 == 0)
        .then("." + (micro // 1000).cast(pl.String).str.zfill(3))
        .otherwise("." + micro.cast(pl.String).str.zfill(6))
    )
    text = moment.dt.strftime("%Y-%m-%d %H:%M:%S") + fraction
    return frame.select(text.alias("Timestamp"))["Timestamp"]
