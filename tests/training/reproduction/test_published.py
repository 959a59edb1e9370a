"""What the pages say of published figures follows from these figures."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from netad_pcap.training.reproduction import EXPERIMENTS

PUBLISHED = json.loads(
    files("netad_pcap.training.reproduction").joinpath("published.json").read_text("utf-8")
)


def test_published_figures_are_of_experiments_and_complete() -> None:
    assert set(PUBLISHED) <= set(EXPERIMENTS)
    for table in PUBLISHED.values():
        assert all(len(row) == 1 + len(table["columns"]) for row in table["rows"])


@pytest.mark.parametrize("row", PUBLISHED["kdd-random"]["rows"][:3], ids=lambda row: row[0])
def test_f1_is_above_the_mean_of_precision_and_recall(row: list[float]) -> None:
    _, _, precision, recall, f1 = row
    assert f1 > (precision + recall) / 2
    harmonic = 2 * precision * recall / (precision + recall)
    assert f"{harmonic:.2f}" in PUBLISHED["kdd-random"]["doubts"][0]


def test_accuracy_and_attack_recall_exclude_each_other() -> None:
    name, accuracy, _, recall, _ = PUBLISHED["kdd-random"]["rows"][1]
    assert name == "autoencoder"
    # Four fifths of the rows are attacks; the missed ones alone are too many errors.
    assert 0.8 * (100 - recall) > 100 - accuracy
