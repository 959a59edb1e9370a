from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from netad_pcap.errors import OutputError, ReaderGone
from netad_pcap.report.output import check_output, folder_beside, open_output


def _write(target: str | Path, *pieces: Any, force: bool = False) -> None:
    """Write pieces; one that is an exception is raised, one that can be called is called."""
    with open_output(target, force=force) as out:
        for piece in pieces:
            if isinstance(piece, BaseException):
                raise piece
            if callable(piece):
                piece()
            else:
                out.write(piece)


def test_appears_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    with open_output(target) as out:
        out.write(b"x")
        assert not target.exists()
    assert target.read_bytes() == b"x"
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        _write(tmp_path / "a.csv", b"x", KeyboardInterrupt())
    assert not list(tmp_path.iterdir())


def test_existing_file_is_kept_without_force(tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    target.write_bytes(b"old")
    with pytest.raises(OutputError, match="exists; use --force"):
        _write(target)
    assert target.read_bytes() == b"old"
    with open_output(target, force=True) as out:
        out.write(b"new")
    assert target.read_bytes() == b"new"


def test_file_that_appears_meanwhile_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    with pytest.raises(OutputError, match="exists"):
        _write(target, b"x", lambda: target.write_bytes(b"theirs"))
    assert target.read_bytes() == b"theirs"
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_absent_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"no folder .*absent"):
        check_output(tmp_path / "absent" / "a.csv")


def test_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="it is a folder"):
        check_output(tmp_path)


def test_full_disk_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="the disk is full"):
        _write(tmp_path / "a", b"x", OSError(errno.ENOSPC, "No space left on device"))
    assert not list(tmp_path.iterdir())


def test_full_device_is_told() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(OutputError, match="full"):
        _write("/dev/full", b"x" * 100_000, force=True)


def test_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=stream))
    with open_output("-") as out:
        out.write(b"x")
    assert stream.getvalue() == b"x"
    assert folder_beside("-") is None


def test_reader_that_went_away(monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb", buffering=0) as pipe:
        monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=pipe))
        with pytest.raises(ReaderGone):
            _write("-", b"x")
