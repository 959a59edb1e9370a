"""Cells are kept whole, and none is lost: to a broken file, nor to another process."""

from __future__ import annotations

import errno
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from netad_pcap.errors import OutputError, UsageError
from netad_pcap.training.reproduction.store import Store, check_folder, write_whole


def cell(method: str, seed: int = 0, key: str = "k", **told: Any) -> dict[str, Any]:
    return {"experiment": "e", "method": method, "seed": seed, "key": key, **told}


def test_a_cell_is_found_by_method_seed_and_key(tmp_path: Path) -> None:
    store = Store(tmp_path / "results" / "e.json")
    assert store.find("hbos", 0, "k") is None
    store.put(cell("hbos", auc=0.5))
    assert store.find("hbos", 0, "k") == cell("hbos", auc=0.5)
    for other in (("ecod", 0, "k"), ("hbos", 1, "k"), ("hbos", 0, "of other code")):
        assert store.find(*other) is None


def test_a_cell_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    store = Store(tmp_path / "e.json")
    for one in (cell("hbos"), cell("hbos", 1), cell("hbos", key="new")):
        store.put(one)
    assert store.cells() == [cell("hbos", 1), cell("hbos", key="new")]


def test_a_cell_is_a_line(tmp_path: Path) -> None:
    store = Store(tmp_path / "e.json")
    store.write({"experiment": "e", "missing": []}, [cell("hbos"), cell("ecod")])
    lines = store.path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line.rstrip(","))["method"] for line in lines[1:-1]] == ["hbos", "ecod"]
    assert json.loads(store.path.read_text(encoding="utf-8"))["missing"] == []


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"cells": [{"seed": 0}]}', '{"cells": [1]}', '{"cells": 1}', "{}"]
)
def test_a_broken_file_is_not_overwritten(text: str, tmp_path: Path) -> None:
    path = tmp_path / "e.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="holds no cells of results; restore or remove it"):
        Store(path).put(cell("hbos"))
    assert path.read_text(encoding="utf-8") == text


def test_many_who_add_at_once_lose_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "e.json")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda seed: store.put(cell("hbos", seed)), range(60)))
    assert {one["seed"] for one in store.cells()} == set(range(60))
    assert [path.name for path in tmp_path.iterdir()] == ["e.json"]


def test_many_who_write_one_page_at_once_leave_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda letter: write_whole(path, letter * 50_000), "abcdefgh" * 25))
    text = path.read_text(encoding="utf-8")
    assert (len(text), len(set(text))) == (50_000, 1)
    assert [one.name for one in tmp_path.iterdir()] == ["README.md"]


def test_a_full_disk_is_told_and_takes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "e.json")
    store.put(cell("hbos"))

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="the disk is full; nothing was left"):
        store.put(cell("hbos", 1))
    assert [path.name for path in tmp_path.iterdir()] == ["e.json"]
    assert store.cells() == [cell("hbos")]


def test_where_nothing_can_be_kept_is_told_before_hours_of_computing(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for folder in (file, file / "below", file / "far" / "below"):
        with pytest.raises(OutputError, match=r"file: is no folder; name another with -o$"):
            check_folder(folder)
    with pytest.raises(OutputError, match="below: cannot be made"):
        write_whole(file / "below" / "page.md", "")
    for folder in (tmp_path, tmp_path / "new" / "below"):
        check_folder(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
