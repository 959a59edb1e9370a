"""Small synthetic flows for the tests of our detectors: two kinds, told apart by their sizes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from netad_detectors.preprocessing import COLUMNS
from numpy.typing import NDArray

from netad_pcap.context.history import FlowHistory
from netad_pcap.flows import FlowBatch

LENGTH = 4


def flows(n: int, *, attack: bool = False, seed: int = 0) -> FlowBatch:
    """n flows of five sources, without history; attacks are large where ordinary flows are not."""
    generator = np.random.default_rng(seed + attack * 1000)
    features = {name: generator.lognormal(2.0, 0.5, n) for name in COLUMNS}
    if attack:
        for name in COLUMNS[::8]:
            features[name] *= 1_000
    address = np.zeros((n, 16), np.uint8)
    address[:, 15] = generator.integers(0, 5, n) + 100 * attack
    return FlowBatch(
        profile="cic-fixed",
        features=features,
        identity={"src_ip": address, "end_us": np.arange(n, dtype=np.int64)},
    )


def with_history(batch: FlowBatch, length: int = LENGTH) -> FlowBatch:
    """The batch as the context makes it."""
    return FlowHistory(length, COLUMNS).attach(batch)


def mixed(ordinary: int, attacks: int, seed: int = 0) -> tuple[FlowBatch, NDArray[Any]]:
    """Ordinary flows, then scans; with families and history."""
    parts = flows(ordinary, seed=seed), flows(attacks, attack=True, seed=seed)
    features = {name: np.concatenate([part.features[name] for part in parts]) for name in COLUMNS}
    identity = {
        name: np.concatenate([part.identity[name] for part in parts]) for name in parts[0].identity
    }
    batch = replace(parts[0], features=features, identity=identity)
    families = np.array(["benign"] * ordinary + ["scan"] * attacks, object)
    return with_history(batch), families
