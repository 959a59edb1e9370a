"""Detectors and bundles that are installed, for the doctor."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import entry_points

__all__ = ["installed_parts"]


def installed_parts() -> Iterator[tuple[str, bool, str, str]]:
    """Name, whether it loads, what it says, what to do: one per plugin."""
    for entry in entry_points(group="netad_pcap.detectors"):
        try:
            entry.load()
        except Exception as error:
            remedy = f"pip install --force-reinstall {entry.dist.name if entry.dist else ''}"
            yield f"detector {entry.name}", False, f"{type(error).__name__}: {error}", remedy
        else:
            yield f"detector {entry.name}", True, entry.value, ""
