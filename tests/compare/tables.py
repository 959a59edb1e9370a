"""Small tables to compare, written under any dialect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from netad_pcap import schema

FLOW: dict[str, Any] = {
    "Flow ID": "10.0.0.1-192.0.2.7-4000-80-6",
    "Src IP": "10.0.0.1",
    "Src Port": 4000,
    "Dst IP": "192.0.2.7",
    "Dst Port": 80,
    "Protocol": 6,
    "Timestamp": "2026-05-18 04:49:40.841219",
    "Flow Duration": 5000,
    "Tot Fwd Pkts": 4,
    "Tot Bwd Pkts": 3,
    "Label": "No Label",
}


def flow(**changes: Any) -> dict[str, Any]:
    """`FLOW` with changes; blanks as `_` in the names."""
    return FLOW | {name.replace("_", " "): value for name, value in changes.items()}


def table(path: Path, profile: str, flows: list[dict[str, Any]]) -> Path:
    """A CSV in the profile's own dialect; columns not given are 0."""
    entry = schema.PROFILES[profile]
    lines = [",".join(entry.headers)]
    lines += [",".join(str(row.get(name, 0)) for name in entry.columns) for row in flows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
