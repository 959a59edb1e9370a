"""What fuzzing once found stays found; and a little fuzzing in every run of the tests."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.fuzz.captures import made_capture, real_frames
from tests.fuzz.checks import WAYS, check_capture

CRASHES = sorted(Path(__file__).with_name("crashes").glob("*.pcap*"))


@pytest.mark.parametrize("crash", CRASHES, ids=lambda path: path.name)
def test_a_capture_that_failed_once_holds(crash: Path) -> None:
    check_capture(crash.read_bytes())


def test_made_captures_hold() -> None:
    frames = real_frames()
    read = 0
    for number, way in enumerate(WAYS):
        parts = made_capture(random.Random(number), frames, 500)
        read += check_capture(b"".join(parts), [way], seed=number, twin_share=0.1)
    assert read > 500 * len(WAYS) // 2
