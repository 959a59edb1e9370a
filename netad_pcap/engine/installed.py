"""Detectors and bundles that are installed, each tried: for the doctor."""

from __future__ import annotations

from collections.abc import Iterator

from netad_pcap.detection import installed_bundles, installed_detectors, read_bundle
from netad_pcap.detection.registry import bundle_faults
from netad_pcap.errors import ModelError

__all__ = ["installed_parts"]


def installed_parts() -> Iterator[tuple[str, bool, str, str]]:
    """Name, whether it is fine, what it says, what to do: one per plugin."""
    for one in installed_detectors():
        remedy = "" if one.error is None else f"pip install --force-reinstall {one.distribution}"
        says = one.error or f"{one.value} of {one.distribution} {one.version}"
        yield f"detector {one.name}", one.error is None, says, remedy
    for bundle in installed_bundles():
        name = f"model {bundle.name}"
        try:
            found = read_bundle(bundle)
            for entry in found.detectors:
                entry.load(found.name)
        except ModelError as error:
            yield name, False, str(error), f"pip install --force-reinstall {bundle.distribution}"
        else:
            yield name, True, f"version {found.version} of {bundle.distribution}", ""
    for fault in bundle_faults():
        yield "models", False, fault, "reinstall or remove that package"
