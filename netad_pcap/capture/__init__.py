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
    from netad_pcap.capture.link_layer import LINK_TYPES, METERED_LINK_TYPES, link_type_name
    from netad_pcap.capture.reader import CaptureReader, open_capture
    from netad_pcap.capture.writing import PcapWriter

__all__ = [
    "CAUSES",
    "LINK_TYPES",
    "METERED_LINK_TYPES",
    "CaptureHealth",
    "CaptureReader",
    "Damage",
    "FrameBlock",
    "Interface",
    "PcapWriter",
    "cause_number",
    "find_captures",
    "link_type_name",
    "open_capture",
]

_MODULES = {
    "CAUSES": "health",
    "LINK_TYPES": "link_layer",
    "METERED_LINK_TYPES": "link_layer",
    "CaptureHealth": "health",
    "CaptureReader": "reader",
    "Damage": "health",
    "FrameBlock": "frames",
    "Interface": "interfaces",
    "PcapWriter": "writing",
    "cause_number": "health",
    "find_captures": "files",
    "link_type_name": "link_layer",
    "open_capture": "reader",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
