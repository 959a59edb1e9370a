"""Real captures as the studies get them."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from pathlib import Path

import pytest

from netad_pcap.errors import UsageError
from netad_pcap.schema import CONTEXT, PROFILES
from netad_pcap.training.survey.capture_sets import (
    COLUMNS,
    lab_set,
    lab_sums,
    public_set,
    public_sums,
)


def index(folder: Path, *rows: dict[str, str]) -> None:
    names = ("path", "source", "family", "tool", "label_mode", "malicious_src", "malicious_dst",
             "malicious_dport", "malicious_proto")  # fmt: skip
    with (folder / "index.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(rows)


def test_public_captures_are_labelled_by_their_index(samples: Path, tmp_path: Path) -> None:
    folder = tmp_path / "captures"
    folder.mkdir()
    for name, sample in (
        ("scanned.pcap", "port_scan"),
        ("dns.pcap", "browsing_dns"),
        ("not_named.pcap", "port_scan"),
    ):
        shutil.copy(samples / f"{sample}.pcap", folder / name)
    index(
        folder,
        {"path": "scanned.pcap", "source": "a", "family": "scan", "label_mode": "all_malicious"},
        {"path": "dns.pcap", "source": "b", "family": "benign", "label_mode": "all_benign"},
    )
    captures = public_set(tmp_path)
    assert [(c.source, set(c.families)) for c in captures] == [("b", {"benign"}), ("a", {"scan"})]
    for one in captures:
        assert all(one.flows.has(name) for name in COLUMNS)
        assert one.flows.history is not None
        assert one.flows.history.shape[1] == 10
    assert set(public_sums(tmp_path)) == {"captures/index.csv"}


def test_no_capture_of_the_index_may_be_missing(samples: Path, tmp_path: Path) -> None:
    folder = tmp_path / "captures"
    folder.mkdir()
    shutil.copy(samples / "port_scan.pcap", folder / "scanned.pcap")
    index(
        folder,
        {"path": "gone.pcap", "source": "b", "family": "benign", "label_mode": "all_benign"},
        {"path": "scanned.pcap", "source": "a", "family": "scan", "label_mode": "all_malicious"},
    )
    with pytest.raises(UsageError, match=r"gone\.pcap: not here, though index.csv labels it"):
        public_set(tmp_path)


def test_columns_are_the_profiles_and_the_contexts_and_tell_nobody() -> None:
    assert set(COLUMNS) == {*PROFILES["cic-fixed"].features, *CONTEXT}
    assert not {"src_ip", "dst_ip", "src_port", "dst_port", "start_us"} & set(COLUMNS)


def test_a_recording_is_parted_as_its_split_says(samples: Path, tmp_path: Path) -> None:
    lines = []
    for part, network, condition in (
        ("train", "office", "recorded"), ("test", "branch", "recorded"), ("test", "branch", "dsl"),
        ("test-run", "things", "recorded"),
    ):  # fmt: skip
        (tmp_path / part).mkdir(exist_ok=True)
        name = f"{part}/{network}-{condition}.pcap"
        shutil.copy(samples / "port_scan.pcap", tmp_path / name)
        with (tmp_path / part / "truth.csv").open("a") as file:
            if not file.tell():
                file.write(
                    "capture,src,dst,src_port,dst_port,protocol,start,end,family,tool,source\n"
                )
            file.write(f"{network}-{condition}.pcap,,,,,,,,scan,nmap,{network}\n")
        lines.append({"capture": name, "part": part, "network": network, "condition": condition})
    with (tmp_path / "split.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    lab = lab_set(tmp_path)
    assert Counter(c.source for c in lab.train) == {"office": 1}
    assert Counter(c.source for c in lab.test) == {"branch": 2}
    assert [c.name for c in lab.test if c.name in lab.recorded] == [
        str(tmp_path / "test/branch-recorded.pcap")
    ]
    assert set(lab_sums(tmp_path)) == {"lab/split.csv"}
    assert lab_set(tmp_path) is lab
    # Another recording in the same place is not taken for the first.
    with (tmp_path / "split.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(line for line in lines if line["condition"] == "recorded")
    assert Counter(c.source for c in lab_set(tmp_path).test) == {"branch": 1}


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"captures/index.csv: no such file"):
        public_sums(tmp_path)
    with pytest.raises(UsageError, match="--lab names what make lab-dataset wrote"):
        lab_sums(None)
    with pytest.raises(UsageError, match=r"split.csv: no such file"):
        lab_sums(tmp_path)


def test_a_part_without_captures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "split.csv").write_text("capture,part,condition\ntest/a.pcap,test,recorded\n")
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "truth.csv").write_text("capture,family\n")
    with pytest.raises(UsageError, match=r"split.csv: names no labelled capture of part train"):
        lab_set(tmp_path)
