from __future__ import annotations

from pathlib import Path

import pytest

from netad_pcap.errors import UsageError
from netad_pcap.flows import FlowBatch
from netad_pcap.training.truth import COLUMNS, Rule, Truth, read_truth, write_truth
from tests.training.batches import Flow, batch

TCP, UDP = 6, 17
FLOWS: list[Flow] = [
    ("10.0.0.1", "10.0.0.2", 40_000, 22, TCP, 100.0),
    ("10.0.0.2", "10.0.0.1", 22, 40_001, TCP, 101.5),  # seen from the other side
    ("10.0.0.1", "10.0.0.3", 40_000, 53, UDP, 102.0),
    ("2001:db8::1", "2001:db8::2", 1, 2, TCP, 103.0),
]


def _truth(path: Path, *lines: str) -> Truth:
    file = path / "truth.csv"
    file.write_text("\n".join([",".join(COLUMNS), *lines]) + "\n", encoding="utf-8")
    return read_truth(file)


def _families(truth: Truth, capture: str = "a.pcap") -> list[str]:
    return list(truth.families_of(batch(FLOWS), capture))


def test_a_rule_matches_either_direction_ports_with_their_ends(tmp_path: Path) -> None:
    truth = _truth(tmp_path, "a.pcap,10.0.0.1,10.0.0.2,,22,6,,,brute_force,,")
    assert _families(truth) == ["brute_force", "brute_force", "benign", "benign"]
    wrong_end = _truth(tmp_path, "a.pcap,10.0.0.1,10.0.0.2,22,,6,,,brute_force,,")
    assert _families(wrong_end) == ["benign"] * 4


def test_networks_of_both_versions(tmp_path: Path) -> None:
    truth = _truth(
        tmp_path, "a.pcap,10.0.0.2/31,,,,,,,scan,,", "a.pcap,2001:db8::/32,,,,,,,tunnel,,"
    )
    assert _families(truth) == ["scan", "scan", "scan", "tunnel"]
    everything_ipv4 = _truth(tmp_path, "a.pcap,0.0.0.0/0,,,,,,,scan,,")
    assert _families(everything_ipv4) == ["scan", "scan", "scan", "benign"]


def test_times_are_of_the_first_packet_and_inclusive(tmp_path: Path) -> None:
    truth = _truth(tmp_path, "a.pcap,,,,,,101.5,102,dos,,")
    assert _families(truth) == ["benign", "dos", "dos", "benign"]


def test_the_first_rule_that_matches_wins_general_ones_too(tmp_path: Path) -> None:
    truth = _truth(tmp_path, ",,,,53,17,,,tunnel,,", "a.pcap,10.0.0.1,,,,,,,scan,,")
    assert _families(truth) == ["scan", "scan", "tunnel", "benign"]


def test_unknown_takes_flows_out(tmp_path: Path) -> None:
    truth = _truth(tmp_path, "a.pcap,,,,53,,,,unknown,,")
    assert _families(truth) == ["benign", "benign", "", "benign"]


def test_captures_are_told_by_the_last_components_of_their_path(tmp_path: Path) -> None:
    truth = _truth(tmp_path, "lab/a.pcap,,,,,,,,scan,,lab one", "b.pcap,,,,,,,,benign,,")
    assert truth.names("/data/lab/a.pcap")
    assert not truth.names("/data/other/a.pcap")
    assert not truth.names("/data/xlab/a.pcap")
    assert truth.names("b.pcap")
    assert truth.source_of("/data/lab/a.pcap") == "lab one"


def test_a_capture_that_no_line_names_is_unlabelled(tmp_path: Path) -> None:
    truth = _truth(tmp_path, "b.pcap,,,,,,,,scan,,")
    assert not truth.names("a.pcap")
    assert _families(truth) == [""] * 4


def test_the_first_line_with_a_source_gives_it_to_the_capture(tmp_path: Path) -> None:
    truth = _truth(tmp_path, "a.pcap,,,,22,,,,scan,,", "a.pcap,,,,53,,,,scan,,here")
    assert truth.source_of("a.pcap") == "here"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a,,,,,,,,magic,,", "line 2: unknown family 'magic'"),
        ("a,,,,,,,,,,", "line 2: unknown family ''"),
        ("a,10.0.0.256,,,,,,,scan,,", "line 2: src '10.0.0.256'"),
        ("a,,,,65536,,,,scan,,", "line 2: dst_port '65536'"),
        ("a,,,,,256,,,scan,,", "line 2: protocol '256'"),
        ("a,,,,,,noon,,scan,,", "line 2: start 'noon'"),
        ("a,,,,,,nan,,scan,,", "line 2: start 'nan'"),
        ("a,,,,,,,,scan,,,,", "line 2: more cells"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        _truth(tmp_path, line)


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such truth file"):
        read_truth(tmp_path / "absent.csv")
    for number, data in enumerate([b"", b"\xff\xfe\x00", b"a,b\n1,2\n"]):
        file = tmp_path / f"{number}.csv"
        file.write_bytes(data)
        with pytest.raises(UsageError, match="truth file"):
            read_truth(file)


def test_flows_without_addresses_cannot_be_told_apart(tmp_path: Path) -> None:
    truth = _truth(tmp_path, "a.pcap,10.0.0.1,,,,,,,scan,,")
    bare = FlowBatch(profile=None, features={"Tot Fwd Pkts": batch(FLOWS).column("Tot Fwd Pkts")})
    with pytest.raises(UsageError, match="lacks"):
        truth.families_of(bare, "a.pcap")


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    rules = (
        Rule(capture="a.pcap", src="10.0.0.0/8", dst_port=53, protocol=17, start=1.5, end=2.5,
             family="tunnel", tool="x, y", source="s"),
        Rule(),
    )  # fmt: skip
    write_truth(rules, tmp_path / "t.csv")
    assert read_truth(tmp_path / "t.csv").rules == rules
