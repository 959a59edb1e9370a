"""A table without a row says which columns there are, and of which type."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from netad_pcap.report import open_flow_table
from netad_pcap.schema import PROFILES
from netad_pcap.testing import make_flows
from tests.report.maker import report_of, report_of_scored
from tests.scored_flows import quiet, scored_flows


@pytest.mark.parametrize("profile", sorted(PROFILES))
@pytest.mark.parametrize("strict", [True, False])
def test_flow_table_of_no_flow_has_the_schema_of_any(
    profile: str, strict: bool, tmp_path: Path
) -> None:
    flows = make_flows(2, profile=profile)
    for name, batches in (("none", []), ("some", [flows])):
        path = tmp_path / f"{name}.parquet"
        with open_flow_table(path, profile, strict=strict, format="parquet") as table:
            for batch in batches:
                table.write(batch)
    none, some = (pl.read_parquet(tmp_path / f"{name}.parquet") for name in ("none", "some"))
    assert none.schema == some.schema
    assert len(none) == 0


def test_report_of_no_flow_has_the_schema_of_any(tmp_path: Path) -> None:
    scored = scored_flows(quiet(2), features=dict(make_flows(2).features))
    with report_of([]) as report, report_of_scored(scored) as other:
        report.write(tmp_path / "none.parquet")
        other.write(tmp_path / "some.parquet")
        frame = report.to_pandas()
    none, some = (pl.read_parquet(tmp_path / f"{name}.parquet") for name in ("none", "some"))
    # Nobody has judged: no detector has a column.
    assert none.schema == some.drop("score:autoencoder").schema
    assert (list(frame.columns), len(frame)) == (none.columns, 0)


def test_header_of_the_report_stands_in_the_file(tmp_path: Path) -> None:
    with report_of([]) as report:
        report.write(tmp_path / "none.parquet")
    assert b"netad_pcap" in (tmp_path / "none.parquet").read_bytes()
