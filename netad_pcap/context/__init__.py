"""What source, destination, pair and service did lately, in one streaming pass.

Counters (`counters`), and the last flows of the same source (`history`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netad_pcap.context.counters import ContextCounters
    from netad_pcap.context.history import FlowHistory

__all__ = ["ContextCounters", "FlowHistory"]


def __getattr__(name: str) -> Any:
    """Its two classes, loaded when they are first used: they bring numba."""
    if name == "ContextCounters":
        from netad_pcap.context.counters import ContextCounters

        return ContextCounters
    if name == "FlowHistory":
        from netad_pcap.context.history import FlowHistory

        return FlowHistory
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
