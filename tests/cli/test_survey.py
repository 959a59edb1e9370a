"""The command: names, exit codes, and a page where it was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.training.reproduction.made_up import write_tables


def test_studies_and_methods_are_listed(netad_pcap: Program) -> None:
    run = netad_pcap("survey", "--list")
    assert run.code == 0
    for name in ("kdd-corrected", "captures", "lab", "behaviour", "lstm_attention"):
        assert name in run.out


def test_a_page_is_written_and_gone_on_from(netad_pcap: Program, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra plots is not installed")
    write_tables(tmp_path / "data" / "tables")
    arguments = (
        "survey", "nsl-kdd", "--data", str(tmp_path / "data"), "-o", str(tmp_path / "out"),
        "--method", "hbos", "--seeds", "1",
    )  # fmt: skip
    first, second = netad_pcap(*arguments), netad_pcap(*arguments)
    assert (first.code, second.code) == (0, 0), first.err
    assert "nsl-kdd hbos seed 0" in first.err
    assert "nsl-kdd hbos seed 0" not in second.err
    page = (tmp_path / "out/README.md").read_text(encoding="utf-8")
    assert page.startswith("# Every method on every set")
    assert "NSL-KDD, Test-21" in page


def test_what_is_wrong_ends_with_2_and_a_line(netad_pcap: Program, tmp_path: Path) -> None:
    for arguments in (["kdd"], ["--method", "tree"], ["lab"], ["captures", "--data", "nowhere"]):
        run = netad_pcap("survey", *arguments, "-o", str(tmp_path))
        assert run.code == 2
        assert run.err.count("\n") == 1


def test_where_there_is_no_cell_no_page_is_claimed(netad_pcap: Program, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra plots is not installed")
    for arguments in (["--pages"], ["--data", str(tmp_path / "nowhere")]):
        run = netad_pcap("survey", *arguments, "-o", str(tmp_path / "out"))
        assert run.code == 2
        assert "no page was made; --data names" in run.err
        assert "Wrote" not in run.err
    assert not (tmp_path / "out").exists()


def test_an_output_that_is_no_folder_is_refused(netad_pcap: Program, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra plots is not installed")
    (tmp_path / "file").write_text("")
    run = netad_pcap("survey", "--pages", "-o", str(tmp_path / "file"))
    assert run.code == 6
    assert run.err.endswith("is no folder; name another with -o\n")
