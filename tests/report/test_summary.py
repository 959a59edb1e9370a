from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest

from netad_pcap.report.summary import console_for, print_summary, summary_lines
from tests.report.maker import CAPTURE, MODEL, incident, report_of
from tests.scored_flows import quiet, scan


def _screen(report: Any, written: Any = ()) -> Any:
    stream = io.StringIO()
    print_summary(report, written, stream=stream)
    return stream.getvalue()


def test_the_story_of_an_analyst() -> None:
    with report_of(reasons={630: ("5,210 queries, mean 118 bytes (normal: 31-64)",)}) as report:
        assert _screen(report, ["incident.json", "incident.csv"]) == (
            "incident.pcapng · 1,284,311 packets · 631 flows · "
            "2026-11-03 09:12:07 to 10:40:55 UTC · Ethernet, 2 interfaces\n"
            "  read whole, nothing damaged · not metered: 412 ARP, 38 LLDP\n"
            "  models: autoencoder 1.2 (cic-fixed) · baseline: shipped (office)\n"
            "\n"
            "Findings, strongest first\n"
            "  1  10.0.5.23       scan         180 flows to 60 hosts, ports 22 445 3389, "
            "100% unanswered  at 09:15\n"
            "  2  10.0.5.23       brute_force  50 SSH sessions to 10.0.5.4, 3.1 s each, "
            "alike within 1%   09:20 to 09:23\n"
            "\n"
            "631 flows: 398 benign · 230 in findings · 3 unlike the baseline by themselves "
            "(about 4 expected by chance at 1%)\n"
            "  by label: scan 180 · brute_force 50 · anomaly 3\n"
            "  10.0.7.9 to 198.51.100.7 UDP 53: 5,210 queries, mean 118 bytes (normal: 31-64)\n"
            "\n"
            "Wrote incident.json, incident.csv · metered in 0.4 s, scored in 1.9 s\n"
            "  → look closer: netad-pcap review incident.json     "
            "in Wireshark: ip.addr == 10.0.5.23 && tcp.port in {22, 445, 3389}\n"
        )


def test_no_finding_is_said() -> None:
    with report_of(quiet(50)) as report:
        assert (
            "No finding (50 flows scored; 0 unlike the baseline, "
            "about 0.5 expected by chance at 1%)."
        ) in _screen(report)


def test_flows_of_a_family_that_make_no_finding_are_named() -> None:
    odd = [{"src": "10.9.1.1", "dst": f"10.8.{i}.2", "port": 80, "p": 0.009, "at": 200.0 + 9 * i,
            "family": "web_attack"} for i in range(3)]  # fmt: skip
    with report_of([*quiet(50), *odd]) as report:
        assert not report.findings
        assert "No finding (53 flows scored; 3 unlike the baseline: web_attack 3" in _screen(report)


def test_the_worst_flows_without_a_finding_have_a_heading_and_are_told_once_each() -> None:
    odd: list[dict[str, Any]] = [
        {"src": "10.9.1.1", "dst": "10.8.1.2", "port": 80, "p": 0.009, "at": 200.0 + 9 * i}
        for i in range(3)
    ]
    reasons: dict[int, tuple[str, ...]] = {50: ("long",), 51: ("long",), 52: ("wide",)}
    with report_of([*quiet(50), *odd], reasons=reasons) as report:
        assert not report.findings
        lines = _screen(report).splitlines()
    place = lines.index("Flows unlike the baseline")
    assert sorted(lines[place + 1 : place + 3]) == [
        "  10.9.1.1 to 10.8.1.2 TCP 80: long",
        "  10.9.1.1 to 10.8.1.2 TCP 80: wide",
    ]
    assert lines[place + 3] == ""


def test_no_flow_is_said() -> None:
    with report_of([]) as report:
        assert "No flow: nothing to score." in _screen(report)


def test_expected_by_chance_is_left_out_where_drift_is_high() -> None:
    odd = [
        {"src": f"10.9.{i}.1", "dst": f"10.8.{i}.2", "port": 5353, "protocol": 17, "p": 0.009,
         "at": 9.0 * i}
        for i in range(12)
    ]  # fmt: skip
    model = replace(MODEL, drift=0.31, drift_is_high=True)
    with report_of([*quiet(300), *odd], models=[model]) as report:
        assert not report.findings
        screen = _screen(report)
    assert "by chance" not in screen
    assert (
        "As a whole this traffic is unlike the shipped baseline (drift 0.31): 9 of 10 flows unlike "
        "it are multicast DNS. What is usual there may not be here, and the reverse."
    ) in screen
    assert "→ learn this network: netad-pcap train quiet-day.pcap -o office.netad" in screen


@pytest.mark.parametrize(
    ("outside", "said", "learn"),
    [
        (0.05, " by what is in findings; the other flows are like it (0.05).", False),
        (0.3, ", the flows in no finding too (0.30). What is usual there may not be", True),
        (None, "; fewer than 50 flows are in no finding, too few to tell whether normal", False),
    ],
)
def test_an_attack_is_not_said_to_be_normal_here(
    outside: float | None, said: str, learn: bool
) -> None:
    model = replace(MODEL, drift=0.31, drift_is_high=True, drift_outside_findings=outside)
    with report_of([*quiet(300), *scan(at=400.0)], models=[model]) as report:
        assert report.findings
        screen = _screen(report)
    assert f"As a whole this traffic is unlike the shipped baseline (drift 0.31){said}" in screen
    assert ("→ learn this network" in screen) is learn


def test_unsure_says_how_many_flows_a_choice_takes() -> None:
    with report_of(quiet(20), models=[replace(MODEL, unsure=True)]) as report:
        screen = _screen(report)
    assert "baseline: shipped (office), nearest unknown (fewer than 50 flows to tell by)" in screen


def test_the_nearest_is_named_where_it_is_another_than_the_one_that_judges() -> None:
    near = replace(MODEL, nearest="industrial", nearest_drift=0.08, drift=0.15)
    with report_of(quiet(300), models=[near]) as report:
        screen = _screen(report)
    assert "baseline: shipped (office), nearest: industrial\n" in screen
    assert "It is like" not in screen
    far = replace(near, drift=0.31, drift_is_high=True)
    with report_of(quiet(300), models=[far]) as report:
        screen = _screen(report)
    assert (
        "It is like the baseline industrial (drift 0.08): what is usual is told of that one, and "
        "--baseline industrial judges by it."
    ) in screen
    same = replace(MODEL, nearest="office", nearest_drift=0.31, drift=0.31, drift_is_high=True)
    with report_of(quiet(300), models=[same]) as report:
        assert "nearest" not in _screen(report)


def test_one_screen_whatever_the_size() -> None:
    scans = [row for i in range(40) for row in scan(f"10.1.{i}.9", hosts=12, at=3.0 * i)]
    captures = [replace(CAPTURE, name=f"{i}.pcap") for i in range(50)]
    with report_of([*quiet(50), *scans], captures=captures) as report:
        lines = summary_lines(report, ["r.json"])
    assert len(report.findings) > 20
    assert len(lines) <= 30
    assert any(f"and {len(report.findings) - 8} more findings" in line.plain for line in lines)


def test_names_cannot_control_the_terminal() -> None:
    capture = replace(CAPTURE, name="a\x1b]0;x\x07.pcap")
    with report_of(incident(), captures=[capture]) as report:
        assert "\x1b" not in _screen(report)


def test_no_colour_asked_for_none_given(monkeypatch: pytest.MonkeyPatch) -> Any:
    class Terminal(io.StringIO):
        def isatty(self) -> Any:
            return True

    monkeypatch.setenv("TERM", "xterm-256color")
    for value, coloured in (("1", False), ("", True)):
        monkeypatch.setenv("NO_COLOR", value)
        stream = Terminal()
        console_for(stream).print("x", style="bold red")
        assert ("\x1b" in stream.getvalue()) is coloured


@pytest.mark.parametrize("interrupted", [True, False])
def test_interruption_is_said(interrupted: bool) -> None:
    with report_of(interrupted=interrupted) as report:
        assert ("Interrupted:" in _screen(report)) is interrupted
