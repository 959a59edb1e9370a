"""Metering: packets to flows, by the rule book of one of four profiles.

    from netad_pcap.metering.meter import meter

Names are resolved when they are first used: numba is loaded only by who meters.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netad_pcap.metering.meter import CaptureRead
    from netad_pcap.metering.rules import PROFILES

_PLACES = {"CaptureRead": "meter", "PROFILES": "rules"}

__all__ = ["PROFILES", "CaptureRead"]


def __getattr__(name: str) -> Any:
    """A public name from the module that holds it."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
