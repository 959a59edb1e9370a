"""Compiled kernels find a place, also where package and home are not writable."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from netad_pcap.engine.numba_cache import VARIABLE, prepare_numba_cache


@pytest.fixture
def nothing_writable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Neither the package nor the user's folder can be written to; a temporary folder can."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr("netad_pcap.engine.numba_cache.os.access", lambda *_: False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_beside_the_package_where_that_is_writable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr("netad_pcap.engine.numba_cache.os.access", lambda *_: True)
    assert prepare_numba_cache().folder is None
    assert VARIABLE not in os.environ


def test_named_folder_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "named"))
    assert prepare_numba_cache().folder == tmp_path / "named"


def test_own_folder_where_nothing_else_is_writable(nothing_writable: Path) -> None:
    cache = prepare_numba_cache()
    assert cache.folder is not None
    assert cache.folder.parent == nothing_writable
    assert cache.folder.stat().st_mode & 0o077 == 0
    assert os.environ[VARIABLE] == str(cache.folder)
    del os.environ[VARIABLE]
    assert prepare_numba_cache().folder == cache.folder
    del os.environ[VARIABLE]


def test_folder_that_others_may_write_to_is_not_trusted(nothing_writable: Path) -> None:
    planted = nothing_writable / f"netad-pcap-numba-{os.getuid()}"
    planted.mkdir()
    planted.chmod(0o777)
    assert prepare_numba_cache().folder != planted
    del os.environ[VARIABLE]


def test_planted_link_is_not_followed(nothing_writable: Path) -> None:
    (nothing_writable / "elsewhere").mkdir()
    planted = nothing_writable / f"netad-pcap-numba-{os.getuid()}"
    planted.symlink_to(nothing_writable / "elsewhere")
    assert prepare_numba_cache().folder != planted
    del os.environ[VARIABLE]
