"""The command: names, exit codes, and pages where they were asked for."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Program
from tests.training.reproduction.made_up import write_tables


def test_experiments_and_methods_are_listed(netad_pcap: Program) -> None:
    run = netad_pcap("reproduce", "--list")
    assert run.code == 0
    assert "kdd-corrected" in run.out
    assert "lstm_attention" in run.out


def test_pages_are_written(netad_pcap: Program, tmp_path: Path) -> None:
    tables = write_tables(tmp_path / "tables")
    run = netad_pcap(
        "reproduce", "nsl-kdd", "--data", str(tables), "-o", str(tmp_path / "out"),
        "--method", "hbos", "--seeds", "1",
    )  # fmt: skip
    assert run.code == 0, run.err
    assert "nsl-kdd hbos seed 0" in run.err
    assert (tmp_path / "out/nsl-kdd.md").read_text(encoding="utf-8").startswith("# NSL-KDD")


def test_wrong_names_end_with_2(netad_pcap: Program, tmp_path: Path) -> None:
    for arguments in (["kdd"], ["--method", "tree"], ["--data", str(tmp_path / "nowhere")]):
        run = netad_pcap("reproduce", *arguments, "-o", str(tmp_path))
        assert run.code == 2
        assert run.err.count("\n") == 1


def test_an_output_that_is_no_folder_is_refused(netad_pcap: Program, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    run = netad_pcap("reproduce", "nsl-kdd", "-o", str(tmp_path / "file"))
    assert run.code == 6
    assert run.err.endswith("file: is no folder; name another with -o\n")
