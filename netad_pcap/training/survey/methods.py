"""The methods of the survey: those of the papers' tables, and what reads context alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from netad_pcap.training.reproduction import METHODS
from netad_pcap.training.reproduction.methods import Method

__all__ = ["SURVEYED"]

_OF_CAPTURES = (
    Method("behaviour", ("behaviour",), alone=True),
    Method("names", ("names",), alone=True),
    # The detectors that ship, with their own defaults. The first names families; what it learns
    # from attacks it cannot learn from an own baseline.
    Method("shipped_fused", ("lstm", "mlp", "autoencoder", "behaviour", "names")),
)

#: Cheapest first. The studies cap the rows of all alike.
SURVEYED: Mapping[str, Method] = MappingProxyType(
    {
        method.name: replace(method, rows=None)
        for method in (*_OF_CAPTURES[:-1], *METHODS.values(), _OF_CAPTURES[-1])
    }
)
