"""The committed results: pages are made of their cells, and the code still gives them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netad_pcap.training.reproduction import EXPERIMENTS, METHODS
from netad_pcap.training.reproduction.cells import Cell, compute
from netad_pcap.training.reproduction.overview import overview
from netad_pcap.training.reproduction.pages import page

RESULTS = Path(__file__).parents[3] / "docs" / "results"
#: Cheap, and of arithmetic that other versions of libraries hardly change.
_AGAIN = (("cic2018-by-day-first", "hbos"), ("cic-2018-to-2017", "ecod"))


def _told(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", list(EXPERIMENTS))
def test_the_page_is_made_of_its_cells(name: str) -> None:
    if not (RESULTS / f"{name}.json").is_file():
        pytest.skip(f"{name} was not run yet")
    told = _told(name)
    text = (RESULTS / f"{name}.md").read_text(encoding="utf-8")
    assert text == page(EXPERIMENTS[name], told["cells"], told["missing"])


def test_the_overview_is_made_of_the_pages() -> None:
    found = {n: _told(n)["cells"] for n in EXPERIMENTS if (RESULTS / f"{n}.json").is_file()}
    if not found:
        pytest.skip("nothing was run yet")
    assert (RESULTS / "README.md").read_text(encoding="utf-8") == overview(found)


@pytest.mark.parametrize(("name", "method"), _AGAIN)
def test_the_code_still_gives_the_figures(name: str, method: str, shared_data: Path) -> None:
    tables = shared_data / "tables"
    if not tables.is_dir():
        pytest.skip("no data sets' tables there")
    if not (RESULTS / f"{name}.json").is_file():
        pytest.skip(f"{name} was not run yet")
    kept = next(c for c in _told(name)["cells"] if (c["method"], c["seed"]) == (method, 0))
    cell = Cell(EXPERIMENTS[name], METHODS[method], 0, kept["data"], RESULTS)
    again = compute(cell, EXPERIMENTS[name].split(tables, 0))
    for test, figures in kept["tests"].items():
        assert again["tests"][test]["auc"] == pytest.approx(figures["auc"], abs=2e-3)
        assert again["tests"][test]["recall_at"] == pytest.approx(figures["recall_at"], abs=0.01)
