from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from netad_pcap.errors import UsageError
from netad_pcap.review import print_case, review
from tests.report.maker import incident, report_of
from tests.scored_flows import quiet, scan


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("case")
    with report_of() as report:
        for suffix in ("json", "jsonl", "csv"):
            report.write(path / f"a.{suffix}")
    with report_of([*incident(), *scan("10.0.9.9", at=2000.0, hosts=90)]) as report:
        report.write(path / "b.json")
    return path


def test_json_and_json_lines_say_the_same(folder: Path) -> None:
    a, b = review([folder / "a.json"]).to_json(), review([folder / "a.jsonl"]).to_json()
    assert [h["address"] for h in a["hosts"]] == [h["address"] for h in b["hosts"]]
    assert a["flows"] == b["flows"] == 631


def test_a_report_that_was_rewritten_is_read_too(folder: Path, tmp_path: Path) -> None:
    document = json.loads((folder / "a.json").read_bytes())
    for indent in (None, 4):
        (tmp_path / "c.json").write_text(json.dumps(document, indent=indent))
        assert review([tmp_path / "c.json"]).flows == 631


def test_hosts_are_ranked_and_incidents_stand_in_order_of_time(folder: Path) -> None:
    case = review([folder / "a.json"])
    assert case.hosts[0].address == "10.0.5.23"
    assert [i.family for i in case.incidents] == ["scan", "brute_force"]
    assert case.incidents[1].filter == (
        "ip.addr == 10.0.5.23 && ip.addr == 10.0.5.4 && tcp.port == 22"
    )


def test_a_case_has_its_hosts_in_the_order_of_the_report(tmp_path: Path) -> None:
    """One with a finding of few flows stands behind one whose many odd flows were in none."""
    odd: list[dict[str, Any]] = [
        {"src": "10.0.5.99", "dst": f"10.0.8.{i % 250}", "port": 1024 + i, "at": 5.0 * i, "p": 0.15}
        for i in range(400)
    ]
    rows = sorted([*scan(hosts=10), *odd, *quiet(50)], key=lambda row: row["at"])
    with report_of(rows) as report:
        report.write(tmp_path / "a.json")
        addresses = [host.address for host in report.hosts]
    first, second, *_ = hosts = review([tmp_path / "a.json"]).hosts
    assert (first.address, second.address) == ("10.0.5.99", "10.0.5.23")
    assert second.incidents
    assert not first.incidents
    assert [host.address for host in hosts] == addresses


def test_several_reports_are_one_case(folder: Path) -> None:
    case = review([folder / "a.json", folder / "b.json"])
    assert case.flows == 631 + 901
    assert len(case.captures) == 1
    first = case.hosts[0]
    assert first.address == "10.0.9.9"
    by_address = {host.address: host for host in case.hosts}
    assert by_address["10.0.5.23"].flows == 2 * 230
    assert len(by_address["10.0.5.23"].incidents) == 4
    starts = [incident.start for incident in case.incidents]
    assert starts == sorted(starts)


def test_the_screen_of_an_examiner(folder: Path) -> None:
    stream = io.StringIO()
    print_case(review([folder / "a.json"]), stream=stream)
    screen = stream.getvalue()
    assert screen.startswith("1 report · 1 capture · 631 flows · 2 incidents\n")
    assert "  1  10.0.5.23  230 flows" in screen
    assert "Incidents in order of time (UTC)" in screen
    assert json.loads(json.dumps(review([folder / "a.json"]).to_json()))


def test_hosts_of_which_none_is_suspicious_are_counted(tmp_path: Path) -> None:
    with report_of(quiet(5)) as report:
        report.write(tmp_path / "quiet.json")
        hosts = len(report.hosts)
    stream = io.StringIO()
    print_case(review([tmp_path / "quiet.json"]), stream=stream)
    screen = stream.getvalue()
    assert hosts > 1
    assert f"{hosts} hosts, none with a flagged flow." in screen
    assert "most suspicious first" not in screen


def test_same_reports_same_bytes(folder: Path) -> None:
    paths = [folder / "b.json", folder / "a.json"]
    assert json.dumps(review(paths).to_json()) == json.dumps(review(paths).to_json())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is empty"),
        (b"\n", "no JSON"),
        (b"Flow ID,Src IP\n", "no JSON"),
        (b"[1, 2]", "no JSON|holds no object"),
        (b'{"a": 1}', "it lacks netad_pcap, captures"),
        (b"[" * 100_000, "no JSON|nested too deeply"),
        (b'{"a":' * 100_000 + b"}", "nested too deeply|no JSON"),
        (b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00", "no JSON"),
        (b'{"netad_pcap": "1", "captures": [], "findings": [1], "hosts": [], "summary": {}}',
         "findings is no list of objects"),
        (b'{"netad_pcap": "1", "captures": [], "findings": [{"id": "f1"}], "hosts": [], '
         b'"summary": {}}', "finding 1: not as netad-pcap writes it: kind"),
        (b'{"netad_pcap": NaN}', "no JSON"),
    ],
)  # fmt: skip
def test_what_is_no_report_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(UsageError, match=message):
        review([tmp_path / "x.json"])


def test_a_report_cut_in_its_header_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes((folder / "a.json").read_bytes()[:3000])
    with pytest.raises(UsageError, match="ends in the middle"):
        review([tmp_path / "x.json"])


def test_tables_and_absent_files_are_told(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"review the \.json or \.jsonl report"):
        review([folder / "a.csv"])
    with pytest.raises(UsageError, match="no such file"):
        review([folder / "none.json"])


def test_names_in_a_report_cannot_control_the_terminal(folder: Path, tmp_path: Path) -> None:
    document = json.loads((folder / "a.json").read_bytes())
    document["findings"][0]["reasons"] = ["\x1b[2J"]
    document["findings"][0]["source"] = "10.0.0.1 || 1\x1b"
    (tmp_path / "x.json").write_text(json.dumps(document))
    stream = io.StringIO()
    case = review([tmp_path / "x.json"])
    print_case(case, stream=stream)
    assert "\x1b" not in stream.getvalue()
    assert case.incidents[0].filter == "tcp.port in {22, 445, 3389}"
