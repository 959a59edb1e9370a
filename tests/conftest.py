"""Fixtures for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).parents[1]

# CI: the same examples each time, no deadline (machines are shared). `make fuzz`: many more.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.register_profile("fuzz", max_examples=2_000, deadline=None)
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "here"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public captures and goldens; skips where it is absent."""
    root = Path(os.environ.get("NETAD_PCAP_DATA", ROOT.parent / "shared"))
    if not root.is_dir():
        pytest.skip(f"no shared data at {root} (set NETAD_PCAP_DATA)")
    return root


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of our sample captures."""
    return ROOT / "sample_pcaps"


@pytest.fixture(scope="session")
def model(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small bundle, for tests that do not hang on the shipped one."""
    from tests.engine.bundles import write_small_bundle

    folder = tmp_path_factory.mktemp("model")
    return write_small_bundle(folder / "small.netad", samples, folder)
