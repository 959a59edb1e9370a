"""What source, destination, pair and service did lately, in one streaming pass.

Here: the last flows of the same source (`history`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netad_pcap.context.history import FlowHistory

__all__ = ["FlowHistory"]


def __getattr__(name: str) -> Any:
    """`FlowHistory`, loaded when it is first used: it brings numba."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from netad_pcap.context.history import FlowHistory

    return FlowHistory
