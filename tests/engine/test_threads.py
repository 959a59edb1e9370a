from __future__ import annotations

import os
import subprocess
import sys

_ASKED = """
from netad_pcap.engine.threads import limit_threads
limit_threads(3)
import os, torch
print(torch.get_num_threads(), os.environ["POLARS_MAX_THREADS"])
limit_threads(2)
print(torch.get_num_threads(), os.environ["POLARS_MAX_THREADS"])
"""


def test_each_of_the_detectors_asked_at_once_has_one_thread() -> None:
    """Else N threads would be N times N."""
    environment = {**os.environ, "OMP_NUM_THREADS": "4", "MKL_NUM_THREADS": "4"}
    told = subprocess.run(
        [sys.executable, "-c", _ASKED], env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["1", "3", "1", "2"]
