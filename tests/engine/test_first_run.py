"""The first run compiles in two processes; later ones find what it made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FIRST_RUN = """
from netad_pcap.engine import compile_kernels
told = []
compile_kernels(lambda: told.append(1), profile="cic-fixed", findings=True)
print(len(told))
"""


def run(folder: Path) -> str:
    """How often a fresh process that keeps kernels in `folder` tells of its first run."""
    done = subprocess.run(
        [sys.executable, "-c", FIRST_RUN],
        env={**os.environ, "NUMBA_CACHE_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return done.stdout.strip()


def test_first_run_is_told_and_the_second_is_not(tmp_path: Path) -> None:
    assert run(tmp_path) == "1"
    kept = sorted(path.name.rpartition("-")[0] for path in tmp_path.rglob("*.nbi"))
    assert {
        "decode._decode_frames",
        "kernel.count",
        "kernel.feed_cic-fixed",
        "kernel.weigh",
    } <= set(kept)
    assert run(tmp_path) == "0"


def test_one_processor_compiles_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    from netad_pcap.engine import first_run

    told: list[int] = []
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    monkeypatch.setattr(first_run, "_is_kept", lambda kernel: False)
    monkeypatch.setattr(first_run, "_second_process", lambda *_: pytest.fail("one is enough"))
    first_run.compile_kernels(lambda: told.append(1), profile="cic-2018")
    assert told == [1]
