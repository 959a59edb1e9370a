from __future__ import annotations

from pathlib import Path

import pytest

from netad_pcap.errors import UsageError
from netad_pcap.training.captures_index import licences, main, rules_of_index
from netad_pcap.training.truth import Truth, read_truth
from tests.training.batches import batch

HEADER = (
    "path,source,family,tool,label_mode,malicious_src,malicious_dst,malicious_dport,"
    "malicious_proto,licence"
)


def _index(path: Path, *rows: str) -> Path:
    file = path / "index.csv"
    file.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return file


def test_each_label_mode_gives_its_lines(tmp_path: Path) -> None:
    index = _index(
        tmp_path,
        "benign/a.pcap,s/a,benign,app,all_benign,,,,,MIT",
        "scan/b.pcap,s/b,scan,nmap,all_malicious,,,,,",
        "scan/c.pcap,s/b,scan,nmap,rule,1.1.1.1 1.1.1.2,2.2.2.2,,6 17,",
        "edge/d.pcap,s/c,edge,,edge,,,,,",
        "botnet/e.pcap,s/c,botnet,,unknown,,,,,",
        "other/f.pcap,s/c,other,arp,all_malicious,,,,,",
    )
    rules = rules_of_index(index)
    assert [(r.capture, r.family) for r in rules] == [
        ("benign/a.pcap", "benign"),
        ("scan/b.pcap", "scan"),
        *[("scan/c.pcap", "scan")] * 4,
        ("other/f.pcap", "unknown"),
    ]
    assert {(r.src, r.dst, r.protocol) for r in rules[2:6]} == {
        (src, "2.2.2.2", protocol) for src in ("1.1.1.1", "1.1.1.2") for protocol in (6, 17)
    }
    assert licences(index) == {"s/a": "MIT", "s/b": "none stated", "s/c": "none stated"}


def test_a_listed_port_may_be_at_either_end(tmp_path: Path) -> None:
    index = _index(tmp_path, "c.pcap,s,scan,,rule,1.1.1.1,,445,,")
    flows = batch(
        [
            ("1.1.1.1", "2.2.2.2", 1_024, 445, 6, 0.0),
            ("1.1.1.1", "2.2.2.2", 445, 1_024, 6, 0.0),
            ("2.2.2.2", "1.1.1.1", 445, 1_024, 6, 0.0),
            ("1.1.1.1", "2.2.2.2", 1_024, 80, 6, 0.0),
        ]
    )
    found = Truth(tuple(rules_of_index(index))).families_of(flows, "c.pcap")
    assert list(found) == ["scan", "scan", "scan", "benign"]


def test_the_command_writes_a_truth_file(tmp_path: Path) -> None:
    index = _index(tmp_path, "benign/a.pcap,s/a,benign,app,all_benign,,,,,MIT")
    assert main([str(index), str(tmp_path / "truth.csv")]) == 0
    assert read_truth(tmp_path / "truth.csv").source_of("x/benign/a.pcap") == "s/a"


def test_another_table_is_no_index(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    index = tmp_path / "index.csv"
    index.write_text("path,family\na.pcap,scan\n", encoding="utf-8")
    for read in (rules_of_index, licences):
        with pytest.raises(UsageError, match=r"index.csv: no index of captures, it has no column"):
            read(index)
    assert main([str(index), str(tmp_path / "truth.csv")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_wrong_usage_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err


def test_the_public_captures_index_names_every_labelled_capture(shared_data: Path) -> None:
    index = shared_data / "captures" / "index.csv"
    truth = Truth(tuple(rules_of_index(index)))
    named = {rule.capture for rule in truth.rules}
    assert len(named) == 360  # 149 benign, 106 all malicious, 105 by rule
    assert all(rule.source for rule in truth.rules)
