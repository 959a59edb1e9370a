"""Captures: pcap and pcapng, plain or in gzip or zstd, to blocks of frames, and their health.

The readers load numba; they are resolved when they are first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netad_pcap.capture.files import find_captures
    from netad_pcap.capture.frames import FrameBlock
    from netad_pcap.capture.health import CAUSES, CaptureHealth, Damage, cause_number
    from netad_pcap.capture.interfaces import Interface
    from netad_pcap.capture.keeping import KeptPackets
    from netad_pcap.capture.link_layer import LINK_TYPES, METERED_LINK_TYPES, link_type_name
    from netad_pcap.capture.live import LiveCapture, check_live, open_live
    from netad_pcap.capture.network import NetworkInterface, network_interfaces
    from netad_pcap.capture.reader import CaptureReader, open_capture
    from netad_pcap.capture.rights import CAPTURE_REMEDY, has_ring, may_capture
    from netad_pcap.capture.writing import PcapWriter

__all__ = [
    "CAPTURE_REMEDY",
    "CAUSES",
    "LINK_TYPES",
    "METERED_LINK_TYPES",
    "CaptureHealth",
    "CaptureReader",
    "Damage",
    "FrameBlock",
    "Interface",
    "KeptPackets",
    "LiveCapture",
    "NetworkInterface",
    "PcapWriter",
    "cause_number",
    "check_live",
    "find_captures",
    "has_ring",
    "link_type_name",
    "may_capture",
    "network_interfaces",
    "open_capture",
    "open_live",
]

_MODULES = {
    "CAPTURE_REMEDY": "rights",
    "CAUSES": "health",
    "LINK_TYPES": "link_layer",
    "METERED_LINK_TYPES": "link_layer",
    "CaptureHealth": "health",
    "CaptureReader": "reader",
    "Damage": "health",
    "FrameBlock": "frames",
    "Interface": "interfaces",
    "KeptPackets": "keeping",
    "LiveCapture": "live",
    "NetworkInterface": "network",
    "PcapWriter": "writing",
    "cause_number": "health",
    "check_live": "live",
    "find_captures": "files",
    "has_ring": "rights",
    "link_type_name": "link_layer",
    "may_capture": "rights",
    "network_interfaces": "network",
    "open_capture": "reader",
    "open_live": "live",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
