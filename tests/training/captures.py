"""Labelled captures made of numbers, for the tests of splits, fitting and cards."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netad_pcap.context.history import FlowHistory
from netad_pcap.flows import FlowBatch
from netad_pcap.schema import CONTEXT, PROFILES
from netad_pcap.training.labelled import LabelledCapture

FEATURES = PROFILES["cic-fixed"].features


def capture(
    name: str, source: str, family: str = "benign", flows: int = 60, history: int = 0
) -> LabelledCapture:
    """Flows of one family; attacks are large."""
    generator = np.random.default_rng([ord(c) for c in name])
    context = {column: generator.lognormal(1.0, 0.5, flows) for column in CONTEXT}
    features = {column: generator.lognormal(2.0, 0.5, flows) for column in FEATURES}
    if family != "benign":
        for column in FEATURES[::8]:
            features[column] *= 1_000
        for column in tuple(CONTEXT)[::4]:
            context[column] *= 100
    address = np.zeros((flows, 16), np.uint8)
    address[:, 15] = generator.integers(0, 4, flows)
    batch = FlowBatch(
        profile="cic-fixed",
        features=features,
        identity={
            "src_ip": address,
            "end_us": np.arange(flows, dtype=np.int64),
            "capture": np.zeros(flows, np.int32),
        },
        context=context,
        captures=(name,),
    )
    if history:
        batch = FlowHistory(history, FEATURES).attach(batch)
    families = np.full(flows, family, object)
    return LabelledCapture(name, source, "0" * 64, batch, families)


def network(history: int = 0) -> list[LabelledCapture]:
    """Ten sources with three clean captures each, every other one with a scan or a flood too."""
    made = []
    for number in range(10):
        source = f"source/{number}"
        made += [capture(f"{number}-{k}.pcap", source, history=history) for k in range(3)]
        if number % 2:
            family = "scan" if number % 4 == 1 else "dos"
            made.append(capture(f"{number}-x.pcap", source, family, 30, history))
    return made


def renamed(captures: list[LabelledCapture], source: str) -> list[LabelledCapture]:
    """The captures as those of one source."""
    return [replace(c, source=source) for c in captures]
