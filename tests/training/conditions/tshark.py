"""What tshark's experts say of a capture."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

__all__ = ["expert_counts"]

_CHECKS = ("tcp.check_checksum:TRUE", "ip.check_checksum:TRUE", "udp.check_checksum:TRUE")
_WORDS = ("ACKed segment that wasn't captured", "Bad checksum", "Malformed")


def expert_counts(capture: Path) -> Counter[str]:
    """How often each of the impossible things is there; skips where tshark is absent."""
    tshark = shutil.which("tshark")
    if tshark is None:
        pytest.skip("no tshark here (Debian: apt-get install --no-install-recommends tshark)")
    options = [part for check in _CHECKS for part in ("-o", check)]
    run = subprocess.run(
        [tshark, "-n", "-r", str(capture), *options, "-T", "fields", "-e", "_ws.expert.message"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return Counter({word: run.stdout.count(word) for word in _WORDS})
