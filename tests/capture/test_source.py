from __future__ import annotations

import io
import os
import sys
import threading
from pathlib import Path

import pytest

from netad_pcap.capture import open_capture
from netad_pcap.errors import CaptureError
from tests.capture.zoo import ARP, US, pcap


def test_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match=r"no\.pcap does not exist; check the path"):
        open_capture(tmp_path / "no.pcap")


def test_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="is a directory"):
        open_capture(tmp_path)


def test_path_with_a_zero_byte_is_an_error_of_ours() -> None:
    with pytest.raises(CaptureError, match="cannot be opened"):
        open_capture("a\x00b")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_without_rights_is_named(tmp_path: Path) -> None:
    path = tmp_path / "secret.pcap"
    path.write_bytes(pcap())
    path.chmod(0)
    with pytest.raises(CaptureError, match="Permission denied"):
        open_capture(path)


def test_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(pcap((US, ARP), (US, ARP)))))
    with open_capture("-") as reader:
        assert reader.name == "standard input"
        assert sum(len(b.offset) for b in reader.blocks()) == 2
    assert not sys.stdin.buffer.closed


def test_terminal_is_no_capture(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    with pytest.raises(CaptureError, match="is a terminal"):
        open_capture("-")


def test_records_from_a_pipe_come_before_it_is_closed() -> None:
    reading, writing = os.pipe()
    capture = pcap(*[(US, ARP)] * 20)
    ends = threading.Event()

    def write() -> None:
        os.write(writing, capture)
        ends.wait(10)
        os.close(writing)

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(reading, "rb") as pipe, open_capture(pipe) as reader:
        first = next(blocks := reader.blocks())
        assert len(first.offset) > 0
        ends.set()
        assert len(first.offset) + sum(len(b.offset) for b in blocks) == 20
    writer.join()


def test_fifo_is_read_by_name(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(pcap((US, ARP)),))
    writer.start()
    with open_capture(path) as reader:
        assert sum(len(b.offset) for b in reader.blocks()) == 1
    writer.join()
