from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from netad_pcap.capture import find_captures
from netad_pcap.errors import CaptureError
from tests.capture.zoo import ZOO, pcap


def test_folder_is_searched_for_what_begins_as_a_capture(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "one").write_bytes(pcap())
    (tmp_path / "b.txt").write_bytes(gzip.compress(ZOO["late_interface"]))
    (tmp_path / "notes.pcap").write_text("not a capture")
    (tmp_path / "empty.pcap").write_bytes(b"")
    assert find_captures([tmp_path]) == [str(tmp_path / "b.txt"), str(tmp_path / "deep" / "one")]


def test_folder_without_captures_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_text("not a capture")
    with pytest.raises(CaptureError, match="holds no capture"):
        find_captures([tmp_path])


def test_absent_path_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match=r"absent\.pcap does not exist"):
        find_captures([tmp_path / "absent.pcap"])


def test_named_files_and_standard_input_are_kept_in_order(tmp_path: Path) -> None:
    file = tmp_path / "z.pcap"
    file.write_text("looked at when it is opened")
    assert find_captures(["-", file]) == ["-", str(file)]
