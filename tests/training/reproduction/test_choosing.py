"""What is chosen by is left out of what is learned, and no test row is read."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from netad_pcap.families import BENIGN
from netad_pcap.flows import FlowBatch
from netad_pcap.training.reproduction import EXPERIMENTS
from netad_pcap.training.reproduction.choosing import (
    CANDIDATES,
    CRITERIA,
    choose,
    inner_splits,
    main,
    page,
)
from netad_pcap.training.reproduction.experiment import Part, Split
from tests.training.reproduction.made_up import write_tables

LABELS = ("normal", "smurf", "neptune", "teardrop", "satan", "rootkit", "perl")
FAMILY = dict(zip(LABELS, (BENIGN, "dos", "dos", "dos", "scan", "exploit", "exploit"), strict=True))


def part(days: tuple[str, ...] = ("",), rows: int = 1_400) -> Part:
    labels = np.array([LABELS[i % len(LABELS)] for i in range(rows)], object)
    families = np.array([FAMILY[label] for label in labels], object)
    day = np.array([days[i * len(days) // rows] for i in range(rows)], object)
    return Part(FlowBatch(None, {"row": np.arange(rows, dtype=float)}), families, labels, day)


def _rows(one: Part) -> set[float]:
    return set(one.flows.features["row"].tolist())


@pytest.mark.parametrize("name", ["kdd-random", "kdd-corrected", "cic-2017-to-2018"])
def test_what_is_tried_was_not_learned(name: str) -> None:
    days = ("2017-07-04", "2017-07-05") if name.startswith("cic") else ("",)
    splits = inner_splits(EXPERIMENTS[name], part(days), seed=0)
    assert len(splits) == (2 if name.startswith("cic") else 3)
    for split in splits.values():
        (tried,) = split.tests.values()
        assert not _rows(split.train) & _rows(tried)
        assert {BENIGN} < set(tried.families)
        assert {BENIGN} < set(split.train.families)


def test_whole_types_are_new_in_turn_and_others_are_known() -> None:
    new: list[str] = []
    for split in inner_splits(EXPERIMENTS["nsl-kdd"], part(), seed=1).values():
        (tried,) = split.tests.values()
        mine = set(tried.labels) - set(split.train.labels)
        assert mine
        assert set(tried.labels) & set(split.train.labels) - {"normal"}
        new += mine
    assert sorted(new) == sorted(set(LABELS) - {"normal"})


def test_whole_days_are_left_out() -> None:
    days = ("monday", "tuesday", "friday")
    splits = inner_splits(EXPERIMENTS["cic2018-by-day-first"], part(days), seed=0)
    assert set(splits) == set(days)
    for day, split in splits.items():
        assert set(split.tests["left out"].day) == {day}
        assert day not in split.train.day


def test_a_flood_is_tried_on_as_any_other_type() -> None:
    whole = part(rows=30_000)
    (tried,) = inner_splits(EXPERIMENTS["kdd-corrected"], whole, 0)["types 0"].tests.values()
    counts = {label: int((tried.labels == label).sum()) for label in LABELS}
    assert max(n for label, n in counts.items() if label != "normal") == 500


def test_test_sets_are_never_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = write_tables(tmp_path)
    experiment = EXPERIMENTS["nsl-kdd"]

    def hidden(folder: Path, seed: int) -> Split:
        return Split(experiment.split(folder, seed).train, {})

    methods = [CANDIDATES[name] for name in ("decision_tree", "hbos")]
    first = list(choose(replace(experiment, split=hidden), tables, methods, 0))
    assert first == list(choose(experiment, tables, methods, 0))
    text = page(first)
    assert "## nsl-kdd" in text
    assert "left out in turn: types 0, types 1, types 2" in text
    assert text.index("| decision_tree |") != text.index("| hbos |")

    argv = ["choosing", "kdd-corrected", "--method", "decision_tree", "--method", "hbos"]
    output = tmp_path / "out"
    monkeypatch.setattr(
        sys, "argv", [*argv, "--data", str(tables), "--output", str(output), "--seeds", "2"]
    )
    for _ in range(2):
        main()
    told = json.loads((output / "choosing.json").read_text(encoding="utf-8"))
    assert len(told) == 4
    written = (output / "choosing.md").read_text(encoding="utf-8")
    assert written == page(told)
    assert "| decision_tree |" in written
    assert "| hbos |" not in written  # it calls no classes, so it has no cost


def test_every_experiment_has_a_criterion() -> None:
    assert set(CRITERIA) == set(EXPERIMENTS)
