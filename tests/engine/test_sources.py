"""What a user named, sorted."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from netad_pcap.engine.sources import find_sources


@pytest.fixture
def folder(tmp_path: Path, samples: Path) -> Path:
    for name in ("port_scan.pcap", "syn_flood.pcap"):
        shutil.copy(samples / name, tmp_path)
    return tmp_path


def test_a_file_is_read_once_whatever_it_is_called(folder: Path) -> None:
    scan, flood = folder / "port_scan.pcap", folder / "syn_flood.pcap"
    link = folder.parent / "link.pcap"
    link.unlink(missing_ok=True)
    link.symlink_to(flood)
    named = [link, scan, folder, scan]
    assert find_sources(named).names == (str(link), str(scan))


def test_standard_input_and_files_keep_their_order(folder: Path) -> None:
    scan = folder / "port_scan.pcap"
    assert find_sources(["-", scan, "-"]).names == ("-", str(scan))
