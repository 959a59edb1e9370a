"""Rules of a truth file from what was done."""

from __future__ import annotations

from pathlib import Path

from netad_pcap.training import Rule
from sample_pcaps.lab.journal import Entry, Journal, read_journal
from sample_pcaps.lab.truth import rules_of


def entry(family: str, start: float, end: float, tool: str = "nmap -sS") -> Entry:
    return Entry(
        "scan_syn", family, tool, "bad", "198.18.1.9", "198.18.1.2", None, 22, 6, start, end, 0
    )


def test_attack_becomes_a_rule_that_begins_with_it_and_ends_shortly_after() -> None:
    (rule,) = rules_of([entry("scan", 100.0, 110.0)], "a.pcap", "lab/x")
    assert rule == Rule(
        "a.pcap", "198.18.1.9", "198.18.1.2", None, 22, 6, 99.998, 110.5, "scan", "nmap -sS",
        "lab/x",
    )  # fmt: skip


def test_starts_that_touch_are_one_rule_and_others_are_not() -> None:
    starts = [entry("scan", 100, 110), entry("scan", 110.2, 120), entry("scan", 150, 160)]
    assert [(r.start, r.end) for r in rules_of(starts, "a.pcap", "x")] == [
        (99.998, 120.5), (149.998, 160.5),
    ]  # fmt: skip


def test_capture_without_attacks_has_one_benign_line_with_its_source() -> None:
    assert rules_of([entry("benign", 1, 2)], "a.pcap", "x") == [Rule("a.pcap", source="x")]


def test_journal_is_read_as_it_was_written(tmp_path: Path) -> None:
    journal = Journal()
    journal.add([entry("scan", 100.25, 110.5), entry("benign", 90.0, 91.0)])
    journal.write(tmp_path / "a.journal.csv")
    assert read_journal(tmp_path / "a.journal.csv") == journal.entries
    assert [one.start for one in journal.entries] == [90.0, 100.25]
