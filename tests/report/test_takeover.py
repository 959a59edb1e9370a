"""Rows of another profile: what they take over, and from which flow."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import polars as pl
import pytest

from netad_pcap.errors import OutputError
from netad_pcap.hosts import VERDICTS, ScoredFlows
from netad_pcap.report import ReportRows, Spool, report_schema
from netad_pcap.report.summary import summary_lines
from netad_pcap.report.takeover import Takeover
from tests.report.maker import full_features, report_of_scored
from tests.scored_flows import quiet, scored_flows


def with_origin(scored: ScoredFlows, origin: list[int]) -> ScoredFlows:
    identity = {**scored.flows.identity, "origin": np.array(origin, "i8")}
    return replace(scored, flows=replace(scored.flows, identity=identity))


def judged_flows() -> ScoredFlows:
    """Five flows of origins 40, 0, 10, 30, 20; the second is explained."""
    rows = [{"p": p, "novelty": 10 * p} for p in (0.5, 0.001, 0.3, 0.2, 0.1)]
    scored = scored_flows(rows, detectors=("one", "two"), reasons={1: ("odd",)})
    return with_origin(scored, [40, 0, 10, 30, 20])


def taken(origin: list[int], *, cuts: tuple[int, ...] = (), spooled: int = 5) -> list[ReportRows]:
    """Rows with origins, over flows that were spooled in pieces; one amended to finding 7."""
    judged = judged_flows()
    with Spool() as spool:
        takeover = Takeover(spool)
        rows = with_origin(scored_flows(quiet(len(origin)), profile="cic-2018"), origin).flows
        for numbers in np.split(np.arange(len(rows)), cuts):
            takeover.append(rows.take(numbers))
        for begin in range(0, 5, spooled):
            part = judged.take(slice(begin, begin + spooled))
            spool.append(part, np.full(len(part), -1, "i4"))
        spool.amend(np.array([1]), np.array([7], "i4"))
        got = list(takeover.rows())
        again = list(takeover.rows())
        assert [len(a) for a in got] == [len(a) for a in again]
        assert len(takeover) == len(origin)
        takeover.close()
    return got


@pytest.mark.parametrize("spooled", [1, 2, 5])
@pytest.mark.parametrize("cuts", [(), (1,), (2, 4)])
def test_row_has_what_was_said_of_the_flow_of_its_origin(
    cuts: tuple[int, ...], spooled: int
) -> None:
    batches = taken([0, 20, 0, 40, 30], cuts=cuts, spooled=spooled)

    def all_of(name: str) -> list[Any]:
        return list(np.concatenate([getattr(b.scored, name) for b in batches]).tolist())

    assert all_of("p_value") == [0.001, 0.1, 0.001, 0.5, 0.2]
    assert all_of("verdict") == [1, 0, 1, 0, 0]
    assert all_of("novelty") == [[10 * p] * 2 for p in (0.001, 0.1, 0.001, 0.5, 0.2)]
    assert np.concatenate([b.finding for b in batches]).tolist() == [7, -1, 7, -1, -1]
    explained = {b.first_row + row: why for b in batches for row, why in b.scored.reasons.items()}
    assert explained == {0: ("odd",), 2: ("odd",)}
    assert {b.scored.flows.profile for b in batches} == {"cic-2018"}


def test_row_without_such_a_flow_has_nothing() -> None:
    (rows,) = taken([-1, 5, 10_000, 30])
    assert rows.scored.verdict.tolist() == [len(VERDICTS)] * 3 + [0]
    assert np.isnan(rows.scored.score[:3]).all()
    assert np.isnan(rows.scored.novelty[:3]).all()
    assert rows.finding.tolist() == [-1] * 4


def test_rows_without_any_flow_are_counted() -> None:
    with Spool() as spool:
        takeover = Takeover(spool)
        takeover.append(with_origin(scored_flows(quiet(3)), [-1, 4, -1]).flows)
        assert takeover.without == 2
        (rows,) = takeover.rows()
        assert rows.scored.detectors == ()
        takeover.close()


def test_nothing_lies_beside_the_output(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        takeover = Takeover(spool, tmp_path)
        takeover.append(with_origin(scored_flows(quiet(1)), [0]).flows)
        assert len(list(takeover.rows())) == 1
        takeover.close()
    assert list(tmp_path.iterdir()) == []


def test_no_room_for_the_places_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with Spool(tmp_path) as spool:
        takeover = Takeover(spool, tmp_path)
        takeover.append(with_origin(scored_flows(quiet(1)), [0]).flows)
        monkeypatch.setattr("tempfile.TemporaryFile", full)
        with pytest.raises(OutputError, match="make room there"):
            list(takeover.rows())
        takeover.close()


def test_empty_cells_are_empty_in_every_format(tmp_path: Path) -> None:
    judged = with_origin(scored_flows(quiet(9), features=full_features(9)), list(range(9)))
    with report_of_scored(judged) as report:
        takeover = Takeover(report.spool)
        rows = scored_flows(quiet(2), features=full_features(2, "cic-2018"), profile="cic-2018")
        takeover.append(with_origin(rows, [-1, -1]).flows)
        with replace(
            report, profile="cic-2018", judged_profile="cic-fixed", takeover=takeover
        ) as other:
            for suffix in ("csv", "json", "jsonl", "parquet"):
                other.write(tmp_path / f"r.{suffix}")
            words = "\n".join(line.plain for line in summary_lines(other))
    assert "rows: cic-2018 (2), judged on cic-fixed (9); 2 without a verdict" in words
    text = pl.read_csv(tmp_path / "r.csv", infer_schema=False)
    typed = pl.read_parquet(tmp_path / "r.parquet")
    for name in ("Label", "Verdict", "Score", "PValue", "Detector", "Finding",
                 "score:autoencoder"):  # fmt: skip
        assert text[name].is_null().all()
        assert typed[name].is_null().all()
    document = json.loads((tmp_path / "r.json").read_bytes())
    jsonschema.validate(document, report_schema())
    for flow in document["flows"]:
        for key in ("label", "verdict", "score", "p_value", "detector", "finding"):
            assert flow[key] is None
        assert flow["reasons"] == []
        assert flow["scores"] == {"autoencoder": None}
    lines = (tmp_path / "r.jsonl").read_bytes().splitlines()
    assert [json.loads(line) for line in lines[1:]] == document["flows"]
