"""Source → … → report, put together once: what the command line and Python call."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netad_pcap.engine.analysis import ALERTS_PER_DAY, FPR, analyze
    from netad_pcap.engine.baseline_drift import Drift, drift
    from netad_pcap.engine.doctor import Check, examine
    from netad_pcap.engine.first_run import compile_kernels
    from netad_pcap.engine.flows import FlowsResult, write_flows
    from netad_pcap.engine.interruption import Interruption
    from netad_pcap.engine.metering import METERS, meter
    from netad_pcap.engine.monitoring import Monitoring, MonitorStatus, monitor
    from netad_pcap.engine.numba_cache import prepare_numba_cache
    from netad_pcap.engine.outputs import check_outputs, spare_inputs, write_reports
    from netad_pcap.engine.progress import Progress

__all__ = [
    "ALERTS_PER_DAY",
    "FPR",
    "METERS",
    "Check",
    "Drift",
    "FlowsResult",
    "Interruption",
    "MonitorStatus",
    "Monitoring",
    "Progress",
    "analyze",
    "check_outputs",
    "compile_kernels",
    "drift",
    "examine",
    "meter",
    "monitor",
    "prepare_numba_cache",
    "spare_inputs",
    "write_flows",
    "write_reports",
]

_MODULES = {
    "ALERTS_PER_DAY": "analysis",
    "FPR": "analysis",
    "METERS": "metering",
    "Check": "doctor",
    "Drift": "baseline_drift",
    "FlowsResult": "flows",
    "Interruption": "interruption",
    "MonitorStatus": "monitoring",
    "Monitoring": "monitoring",
    "Progress": "progress",
    "analyze": "analysis",
    "check_outputs": "outputs",
    "compile_kernels": "first_run",
    "drift": "baseline_drift",
    "examine": "doctor",
    "meter": "metering",
    "monitor": "monitoring",
    "prepare_numba_cache": "numba_cache",
    "spare_inputs": "outputs",
    "write_flows": "flows",
    "write_reports": "outputs",
}


def __getattr__(name: str) -> Any:
    """Loaded when asked for: the command line starts without numba, torch and polars."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
