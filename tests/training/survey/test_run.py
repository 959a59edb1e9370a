"""Cells are computed once, and by today's code; the page is made of them and says what is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netad_pcap.errors import UsageError
from netad_pcap.training.reproduction.store import Store
from netad_pcap.training.survey import STUDIES, SURVEYED, run, survey
from netad_pcap.training.survey.plots import PLOTS, plot
from netad_pcap.training.survey.run import kept_cells, key_of
from netad_pcap.training.survey.study import Places
from tests.training.reproduction.made_up import write_tables

pytest.importorskip("matplotlib", reason="the extra plots is not installed")

METHODS = ["hbos", "decision_tree"]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    folder = tmp_path_factory.mktemp("data")
    write_tables(folder / "tables")
    return Places(folder)


@pytest.fixture(scope="module")
def output(places: Places, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("survey")
    survey(["kdd-random", "nsl-kdd"], folder, places, methods=METHODS, seeds=(0, 1))
    survey(["nsl-kdd"], folder, places, methods=["hbos"], seeds=(2,))
    return folder


def said_by(output: Path, places: Places, *studies: str, **given: Any) -> list[str]:
    said: list[str] = []
    survey(studies, output, places, say=said.append, **given)
    return said


def test_what_stands_in_the_folder_is_gone_on_from(
    output: Path, places: Places, tmp_path: Path
) -> None:
    for name in ("kdd-random", "nsl-kdd"):
        (tmp_path / f"{name}.json").write_bytes((output / f"{name}.json").read_bytes())
    given: dict[str, Any] = {"methods": METHODS, "seeds": (0, 1)}
    assert said_by(tmp_path, places, "kdd-random", "nsl-kdd", **given) == []
    for name in ("README.md", "auc.svg", "recall.svg"):
        assert (tmp_path / name).read_bytes() == (output / name).read_bytes()
    given["seeds"] = (0, 1, 2)
    said = said_by(tmp_path, places, "nsl-kdd", **given)
    assert [line.split(":")[0] for line in said] == ["nsl-kdd decision_tree seed 2"]


def test_other_code_or_parameters_are_another_cell_and_leave_the_page(
    output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nsl-kdd.json").write_bytes((output / "nsl-kdd.json").read_bytes())
    assert {c["method"] for c in kept_cells(tmp_path)["nsl-kdd"]} == set(METHODS)
    hbos = SURVEYED["hbos"]
    for other in (replace(hbos, revision=1), replace(hbos, parameters={"scaling": "range"})):
        monkeypatch.setattr(run, "SURVEYED", {**SURVEYED, "hbos": other})
        assert {c["method"] for c in kept_cells(tmp_path)["nsl-kdd"]} == {"decision_tree"}
    assert len(Store(tmp_path / "nsl-kdd.json").cells()) == 5


def test_a_key_is_of_data_seed_study_and_method() -> None:
    study, method = STUDIES["nsl-kdd"], SURVEYED["boosting_binary"]
    keys = [
        key_of(study, method, 0, {"a": "1"}),
        key_of(study, method, 0, {"a": "2"}),
        key_of(study, method, 1, {"a": "1"}),
        key_of(study, replace(method, binary=False), 0, {"a": "1"}),
        key_of(STUDIES["cic-2017-to-2018"], method, 0, {"a": "1"}),
        key_of(replace(study, revision=1), method, 0, {"a": "1"}),  # type: ignore[type-var]
    ]
    assert len(set(keys)) == len(keys)


def test_recordings_are_not_mixed(output: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "nsl-kdd.json")
    for cell in Store(output / "nsl-kdd.json").cells():
        store.put(cell)
    other = {"another": "recording"}
    key = key_of(STUDIES["nsl-kdd"], SURVEYED["hbos"], 0, other)
    store.put({**store.cells()[0], "method": "hbos", "seed": 0, "data": other, "key": key})
    cells = kept_cells(tmp_path)["nsl-kdd"]
    assert len(cells) == 4
    assert not any("another" in cell["data"] for cell in cells)


def test_the_page_tells_seeds_and_what_is_missing(output: Path) -> None:
    page = (output / "README.md").read_text(encoding="utf-8")
    lines = page.splitlines()
    (auc, recall) = (line for line in lines if line.startswith("| hbos | ") and "of" not in line)
    # Two seeds of the random split; three of the published one, which agree.
    assert auc.count("·2") == 1
    assert all(line.count("|") == 5 for line in (auc, recall))
    trees = [line for line in lines if line.startswith("| decision_tree | ")]
    assert trees[0].count("·2") == 3
    assert "| behaviour | – | – | – |" in lines
    assert "| gan |  |  |  |" in lines
    (missing,) = (line for line in lines if line.startswith("- **not computed:** nsl-kdd"))
    assert "decision_tree (1 of 3)" in missing
    assert "hbos" not in missing
    assert "behaviour" not in missing
    assert any(line.startswith("- **not computed:** lab: behaviour, names, hbos") for line in lines)


@pytest.mark.parametrize("name", PLOTS)
def test_plots_are_the_same_twice_and_show_each_test(name: str, output: Path) -> None:
    found = kept_cells(output)
    drawn = plot(name, found)
    assert drawn == plot(name, found) == (output / f"{name}.svg").read_text(encoding="utf-8")
    for text in ("KDD, random split", "NSL-KDD, Test-21", "lstm_attention"):
        assert f">{text}<" in drawn


def test_data_that_are_not_there_are_left_out_or_refused(places: Places, tmp_path: Path) -> None:
    said = said_by(tmp_path, places, methods=["hbos"], seeds=())
    assert [line.split(":")[1].strip() for line in said] == [
        "cic2018-by-day-first", "cic2018-by-day-second", "cic-2017-to-2018", "cic-2018-to-2017",
        "captures", "lab",
    ]  # fmt: skip
    assert list(tmp_path.iterdir()) == []
    for studies, methods, says in (
        (["lab"], [], "--lab names"),
        (["kdd"], [], "no study 'kdd'; use one of kdd-random"),
        (["nsl-kdd"], ["tree"], "no method 'tree'; use one of behaviour"),
    ):
        with pytest.raises(UsageError, match=says):
            survey(studies, tmp_path, places, methods=methods)
