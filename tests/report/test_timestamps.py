import polars as pl
import pytest

from netad_pcap.errors import UsageError
from netad_pcap.report.timestamps import check_timezone, timestamp_column

NOON = 1_499_083_200_000_000  # 2017-07-03 12:00:00 UTC


@pytest.mark.parametrize(
    ("profile", "time_us", "expected"),
    [
        ("cic-2018", NOON, "03/07/2017 12:00:00"),
        ("cic-2018", NOON + 3_600_999_999, "03/07/2017 01:00:00"),
        ("cic-v4", NOON, "03/07/2017 12:00:00 PM"),
        ("cic-v4", NOON - 1, "03/07/2017 11:59:59 AM"),
        ("cic-fixed", NOON, "2017-07-03 12:00:00"),
        ("cic-fixed", NOON + 120_000, "2017-07-03 12:00:00.120"),
        ("cic-fixed-2022", NOON + 7, "2017-07-03 12:00:00.000007"),
        ("cic-fixed", -1_500_000, "1969-12-31 23:59:58.500"),
        ("cic-2018", 253_402_300_800_000_000, "01/01/10000 12:00:00"),
        ("cic-fixed", 253_402_300_800_000_005, "+10000-01-01 00:00:00"),
        ("cic-2018", 2**63 - 1 - 2**52, "01/01/262142 12:00:00"),
        ("cic-fixed", 2**63 - 1 - 2**52, "+262142-01-01 00:00:00"),
        ("cic-fixed", -(2**52), "1827-04-16 00:06:12.629504"),
        ("cic-fixed", 9_223_372_036_854_775, "2262-04-11 23:47:16.854775"),
        ("cic-fixed", 9_223_372_036_854_776, "2262-04-11 23:47:16"),
        (None, NOON, "2017-07-03 12:00:00"),
    ],
)
def test_form_of_the_profile(profile: str, time_us: int, expected: str) -> None:
    assert timestamp_column(pl.Series([time_us]), profile).to_list() == [expected]


def test_local_time_where_the_tool_prints_it() -> None:
    column = pl.Series([NOON])
    assert timestamp_column(column, "cic-2018", "America/Moncton")[0] == "03/07/2017 09:00:00"
    assert timestamp_column(column, "cic-fixed", "America/Moncton")[0] == "2017-07-03 12:00:00"


def test_unknown_time_zone() -> None:
    assert check_timezone("Europe/Berlin") == "Europe/Berlin"
    with pytest.raises(UsageError, match="no time zone 'Mars/Olympus'"):
        check_timezone("Mars/Olympus")
    with pytest.raises(UsageError):
        check_timezone("../etc/passwd")
