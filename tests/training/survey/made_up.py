"""Captures made of numbers, as the studies of captures get them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from netad_pcap.training.labelled import LabelledCapture
from netad_pcap.training.survey.capture_sets import LabSet
from netad_pcap.training.survey.study import Places
from tests.training.captures import capture, network

PLACES = Places(Path("nowhere"), Path("nowhere either"))
HISTORY = 10


def public() -> tuple[LabelledCapture, ...]:
    """Ten sources."""
    return tuple(network(HISTORY))


def lab() -> LabSet:
    """Five networks to learn from; three others with a clean and an attacked capture each, both
    also under another condition."""
    train = [c for c in network(HISTORY) if int(c.source[-1]) < 5]
    test = []
    for name in ("branch", "factory", "agency"):
        for run, family in (("quiet", "benign"), ("attacked", "scan")):
            one = capture(f"{name}-{run}", name, family, 80, HISTORY)
            if family != "benign":
                mixed = np.array(["benign"] * 20 + ["scan"] * 60, object)
                one = replace(one, families=mixed)
            test += [one, replace(one, name=f"{name}-{run}-mobile")]
    recorded = frozenset(c.name for c in test if not c.name.endswith("-mobile"))
    return LabSet(tuple(train), tuple(test), recorded)
