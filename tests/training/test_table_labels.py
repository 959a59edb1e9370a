from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from netad_pcap.capture.tables import open_flow_table
from netad_pcap.errors import UsageError
from netad_pcap.flows import concatenate
from netad_pcap.training.table_labels import UNLABELLED, table_families
from netad_pcap.training.truth import Rule, Truth
from tests.training.tables import BARE, write_table


def _families(path: Path, truth: Truth | None = None) -> list[str]:
    table = open_flow_table(path, allow_missing=True)
    return list(table_families(concatenate(table.batches()), table, str(path), truth))


def test_labels_of_the_data_sets_become_families(tmp_path: Path) -> None:
    labels = ["BENIGN", "DDoS", "SSH-Patator", "Web Attack - XSS", "NeedManualLabel", "No Label"]
    expected = ["benign", "ddos", "brute_force", "web_attack", UNLABELLED, UNLABELLED]
    assert _families(write_table(tmp_path / "t.csv", labels)) == expected


def test_labels_of_no_known_family_are_taken_out(tmp_path: Path) -> None:
    # `anomaly` is what we say of flows, not what they are.
    assert _families(write_table(tmp_path / "t.csv", ["Cryptojacking", "anomaly"])) == ["", ""]


def test_a_truth_file_goes_before_the_column(tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.csv", ["DDoS"] * 3)
    truth = Truth((Rule(capture="t.csv", family="scan"),))
    assert _families(table, truth) == ["scan"] * 3


def test_a_truth_file_that_asks_for_what_the_table_lacks(tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.csv", ["DDoS"] * 3, without=BARE)
    with pytest.raises(UsageError, match="tells flows apart by Src IP, which this table lacks"):
        _families(table, Truth((Rule(src="10.0.0.1", family="scan"),)))


def test_the_label_of_a_report_is_nobodys_word(tmp_path: Path) -> None:
    path = write_table(tmp_path / "t.csv", ["DDoS"] * 3)
    head, *lines = path.read_text().splitlines()
    path.write_text("\n".join([head + ",Verdict", *(line + ",malicious" for line in lines)]))
    assert np.all(np.array(_families(path)) == UNLABELLED)
