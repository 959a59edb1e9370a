"""`make bench` runs: its sections that take a moment, small; what they measure is not judged."""

from __future__ import annotations

import importlib

import pytest


@pytest.mark.parametrize("name", ["kernel", "scoring"])
def test_section_measures(name: str) -> None:
    section = importlib.import_module(f"benchmarks.{name}").measure(quick=True)
    assert section.met is None
    assert section.figures
    assert all(figure > 0 for figure in section.figures.values())
