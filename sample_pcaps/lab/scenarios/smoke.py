"""A few seconds that show that the lab works; no package is needed."""

from __future__ import annotations

from sample_pcaps.lab.networks import SMOKE
from sample_pcaps.lab.scenario import Activity, Scenario

__all__ = ["RUNS"]

RUNS = (
    Scenario(
        "smoke", SMOKE, 6, seed=1,
        activities=(
            Activity("read_site", "pc*", "web", every=2, how={"pages": 2, "think": 0.3}),
            Activity("telnet_session", "pc1", "old", every=4),
            Activity("guess_telnet", "bad", "old", start=1.5, how={"passwords": 6, "seconds": 4}),
            Activity("scan_slow", "bad", "web", start=1, how={"ports": 40, "wait": 0.05}),
        ),
    ),
)  # fmt: skip
