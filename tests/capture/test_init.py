from __future__ import annotations

import subprocess
import sys

import pytest

import netad_pcap.capture as capture


def test_every_public_name_resolves() -> None:
    for name in capture.__all__:
        assert getattr(capture, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = capture.nothing


def test_names_of_causes_and_files_load_no_numba() -> None:
    code = (
        "import sys; from netad_pcap.capture import CAUSES, find_captures;"
        "sys.exit('numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
