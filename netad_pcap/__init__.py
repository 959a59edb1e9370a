"""netad-pcap: who did what in a packet capture, what is wrong, and how do you know.

    >>> import netad_pcap
    >>> report = netad_pcap.analyze("incident.pcapng")     # doctest: +SKIP
    >>> report.to_pandas()                                 # doctest: +SKIP

The public API and nothing else; every name is loaded when it is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netad_pcap import errors
    from netad_pcap.engine import analyze, meter, monitor
    from netad_pcap.flows import FlowBatch
    from netad_pcap.report import Report

    __version__: str

__all__ = ["FlowBatch", "Report", "__version__", "analyze", "errors", "meter", "monitor"]

_MODULES = {
    "FlowBatch": "netad_pcap.flows",
    "Report": "netad_pcap.report",
    "analyze": "netad_pcap.engine",
    "meter": "netad_pcap.engine",
    "monitor": "netad_pcap.engine",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("netad-pcap")
    if name == "errors":
        return importlib.import_module("netad_pcap.errors")
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return __all__
