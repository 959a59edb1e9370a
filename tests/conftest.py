"""Fixtures for all tests."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public captures and goldens; skips where it is absent."""
    root = Path(os.environ.get("NETAD_PCAP_DATA", Path(__file__).parents[1].parent / "shared"))
    if not root.is_dir():
        pytest.skip(f"no shared data at {root} (set NETAD_PCAP_DATA)")
    return root
