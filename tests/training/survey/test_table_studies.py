"""Tables: the papers' experiments, learned from fewer rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from netad_pcap.errors import UsageError
from netad_pcap.training.reproduction import EXPERIMENTS, METHODS
from netad_pcap.training.reproduction.cells import Cell, compute
from netad_pcap.training.survey import STUDIES, SURVEYED, table_studies
from netad_pcap.training.survey.study import Places
from tests.training.reproduction.made_up import write_tables


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    folder = tmp_path_factory.mktemp("data")
    write_tables(folder / "tables")
    return Places(folder)


def test_small_tables_give_what_the_full_protocol_gives(places: Places) -> None:
    told = STUDIES["nsl-kdd"].compute(SURVEYED["decision_tree"], 1, places)
    experiment = EXPERIMENTS["nsl-kdd"]
    cell = Cell(experiment, METHODS["decision_tree"], 1, {}, Path())
    full = compute(cell, experiment.split(places.data / "tables", 1))
    assert set(told["tests"]) == {"KDDTest+", "KDDTest-21"} == set(STUDIES["nsl-kdd"].tests)
    for test, figures in told["tests"].items():
        there = full["tests"][test]
        assert figures["auc"] == there["auc"]
        assert figures["recall"] == there["recall_at"]["0.01"]
        assert figures["recall_new"] == there["new_at"]["0.01"]
        assert figures["macro_recall"] == there["classes"]["macro_recall"]
    assert told["rows"] == told["rows_of"] == 615
    assert told["bytes"] >= told["numbers"] > 0


@pytest.mark.parametrize("method", ["hbos", "decision_tree", "knn"])
def test_no_method_learns_from_more_rows_than_allowed(
    method: str, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_studies, "MOST_LEARNED", 400)
    told = STUDIES["nsl-kdd"].compute(SURVEYED[method], 0, places)
    assert 50 < told["rows"] <= 400 < told["rows_of"]


def test_what_reads_context_alone_takes_no_table() -> None:
    tables = [study for study in STUDIES.values() if study.name not in ("captures", "lab")]
    assert len(tables) == 7
    for name in ("behaviour", "names", "shipped_fused"):
        assert not any(study.takes(SURVEYED[name]) for study in tables)
        assert STUDIES["captures"].takes(SURVEYED[name])
    assert all(study.takes(SURVEYED["lstm"]) for study in tables)


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"KDDTrain\+.parquet: no such file; --data"):
        STUDIES["nsl-kdd"].hashes(Places(tmp_path))
