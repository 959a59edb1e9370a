from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from netad_pcap.hosts import FINDING_DECADES
from tests.report.maker import full_features, incident, report_of_scored
from tests.scored_flows import scored_flows


def test_flows_of_a_finding_are_told_higher_those_before_it_was_found_too(
    tmp_path: Path,
) -> None:
    rows = incident()
    scored = scored_flows(rows, features=full_features(len(rows)))
    with report_of_scored(scored, cuts=(310, 330)) as report:
        assert len(report.findings) == 2
        report.write(tmp_path / "r.parquet")
    told = pl.read_parquet(tmp_path / "r.parquet")
    found = told["Finding"].is_not_null().to_numpy()
    assert found.sum() > 50
    assert not found.all()
    np.testing.assert_allclose(told["Score"].to_numpy(), scored.score + FINDING_DECADES * found)
