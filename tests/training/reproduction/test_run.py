"""Cells are computed once, kept, and made into pages that say what is missing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars
import pytest

from netad_pcap.errors import UsageError
from netad_pcap.flows import FlowBatch
from netad_pcap.schema import KDD_SYMBOLS
from netad_pcap.training.reproduction import EXPERIMENTS, METHODS, reproduce
from netad_pcap.training.reproduction.cells import Cell
from netad_pcap.training.reproduction.experiment import distinct_rows
from netad_pcap.training.reproduction.store import Store
from netad_pcap.training.reproduction.tables import read_kdd
from tests.training.reproduction.made_up import write_tables


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tables(tmp_path_factory.mktemp("tables"))


@pytest.fixture(scope="module")
def results(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("results")
    reproduce(
        ["nsl-kdd", "kdd-random"],
        output,
        data=tables,
        methods=["hbos", "decision_tree"],
        seeds=(0, 1),
    )
    return output


def told(output: Path, experiment: str = "nsl-kdd") -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = json.loads(
        (output / f"{experiment}.json").read_text(encoding="utf-8")
    )
    return found


def cell_of(output: Path, method: str, seed: int) -> dict[str, object]:
    return next(c for c in told(output)["cells"] if (c["method"], c["seed"]) == (method, seed))


def test_every_cell_says_what_it_is_of(results: Path) -> None:
    cells = told(results)["cells"]
    assert {(c["method"], c["seed"]) for c in cells} == {
        (method, seed) for method in ("hbos", "decision_tree") for seed in (0, 1)
    }
    for cell in cells:
        assert set(cell["tests"]) == {"KDDTest+", "KDDTest-21"}  # type: ignore[call-overload]
        assert len(cell["data"]) == 4  # type: ignore[arg-type]
        assert {"numpy", "torch"} < set(cell["versions"])  # type: ignore[call-overload]


def test_the_page_has_published_figures_ours_and_what_is_missing(results: Path) -> None:
    page = (results / "kdd-random.md").read_text(encoding="utf-8")
    for text in ("98.22", "| decision_tree |", "| hbos |", "least cost", "**not computed:**"):
        assert text in page
    assert "lstm_attention 1" in page
    assert "fits together" not in page


def test_the_overview_has_every_method_that_ran(results: Path) -> None:
    text = (results / "README.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith(("| hbos |", "| decision_tree"))]
    # AUC and recall of both, classes of the tree; two seeds each.
    assert len(lines) == 6
    assert all("·2" in line for line in lines)
    assert "nsl-kdd: KDDTest-21" in text


def test_a_kept_cell_is_not_computed_again(results: Path, tables: Path) -> None:
    said: list[str] = []
    given = {"data": tables, "methods": ["hbos", "ecod"], "seeds": (0,)}
    before = cell_of(results, "hbos", 0)
    reproduce(["nsl-kdd"], results, **given, say=said.append)  # type: ignore[arg-type]
    assert [line.split(":")[0] for line in said] == ["nsl-kdd ecod seed 0"]
    assert cell_of(results, "hbos", 0) == before


def test_the_page_and_its_cells_alone_are_gone_on_from(
    results: Path, tables: Path, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    clone.mkdir()
    for name in ("kdd-random.json", "kdd-random.md"):
        (clone / name).write_bytes((results / name).read_bytes())
    said: list[str] = []
    methods = ["hbos", "decision_tree"]
    reproduce(["kdd-random"], clone, data=tables, methods=methods, seeds=(0, 1), say=said.append)
    assert said == []
    assert (clone / "kdd-random.md").read_bytes() == (results / "kdd-random.md").read_bytes()


def test_a_cell_of_another_key_is_computed_again(tables: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "nsl-kdd.json")

    def run() -> int:
        said: list[str] = []
        reproduce(["nsl-kdd"], tmp_path, data=tables, methods=["hbos"], seeds=(0,), say=said.append)
        return len(said)

    assert run() == 1
    (whole,) = store.cells()
    store.put({**whole, "key": "another"})
    assert run() == 1
    assert run() == 0


def test_another_revision_of_a_method_is_another_cell(tmp_path: Path) -> None:
    hbos = METHODS["hbos"]
    keys = {
        Cell(EXPERIMENTS["nsl-kdd"], replace(hbos, revision=revision), 0, {}, tmp_path).key
        for revision in (0, 1, 2)
    }
    assert len(keys) == 3


def test_the_same_seed_gives_the_same_figures(results: Path, tables: Path, tmp_path: Path) -> None:
    reproduce(["nsl-kdd"], tmp_path, data=tables, methods=["decision_tree"], seeds=(1,))
    (again,) = told(tmp_path)["cells"]
    assert again["tests"] == cell_of(results, "decision_tree", 1)["tests"]


@pytest.mark.parametrize("method", ["fused", "lstm", "gan", "svm", "lstm_autoencoder"])
def test_every_kind_of_method_runs(method: str, tables: Path, tmp_path: Path) -> None:
    reproduce(["nsl-kdd"], tmp_path, data=tables, methods=[method], seeds=(0,))
    (cell,) = told(tmp_path)["cells"]
    test = cell["tests"]["KDDTest+"]  # type: ignore[index]
    assert test["auc"] > 0.6
    assert ("classes" in test) == (method not in ("gan", "lstm_autoencoder"))


def test_what_is_not_there_is_named(tables: Path, tmp_path: Path) -> None:
    for experiments, methods, data, says in (
        (["kdd"], [], tables, "no experiment 'kdd'; use one of kdd-random"),
        (["nsl-kdd"], ["tree"], tables, "no method 'tree'; use one of hbos"),
        (["nsl-kdd"], ["hbos"], tmp_path, "no such file; --data"),
    ):
        with pytest.raises(UsageError, match=says):
            reproduce(experiments, tmp_path / "out", data=data, methods=methods)
    assert not (tmp_path / "out").exists()


def test_rows_that_read_alike_are_one_and_all_are_told() -> None:
    features = {"a": np.array([1.0, 2.0, 1.0, 1.0]), "b": np.array([0, 0, 0, 5])}
    batch = FlowBatch(None, {**features, "unread": np.arange(4.0)})
    rows, places = distinct_rows(batch, ("a", "b"))
    assert len(rows) == 3
    np.testing.assert_array_equal(batch.matrix("ab")[rows][places], batch.matrix("ab"))


def test_symbols_are_codes_and_labels_have_no_dot(tables: Path) -> None:
    table = read_kdd(tables / "kdd/corrected.parquet")
    frame = polars.read_parquet(tables / "kdd/corrected.parquet")
    words = np.array(KDD_SYMBOLS["service"])[table.flows.features["service"].astype(int)]
    np.testing.assert_array_equal(words, frame["service"].to_numpy())
    assert "saint" in table.labels


def test_every_detector_of_the_literature_is_in_the_table() -> None:
    from netad_pcap.detection import installed_detectors

    ours = {d.name for d in installed_detectors() if d.distribution == "netad-pcap"}
    run = {name for method in METHODS.values() for name in method.detectors}
    # These read context, which tables of flows do not have.
    assert ours - run == {"behaviour", "names"}


def test_the_next_detector_needs_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    from netad_pcap.training.reproduction import methods

    rows = tuple(method for method in methods._TABLE if method.name != "pca")
    monkeypatch.setattr(methods, "_TABLE", rows)
    assert methods._others() == (methods.Method("pca", ("pca",), 30_000),)
