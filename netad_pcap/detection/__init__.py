"""Detectors, bundles and calibration: from flows to scores to verdicts.

The plugin contract is what a detector's author needs: `Needs`, `Scores`, `Detector`,
`score_in_blocks` for networks. The rest is for the engine and for training. Names are
resolved when they are first used: importing this package loads numpy and nothing heavier.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from netad_pcap.detection.contract import Detector, Needs, Scores, check_scores

if TYPE_CHECKING:
    from netad_pcap.detection.baselines import (
        CHOICE_ROWS,
        HIGH_DRIFT,
        Baseline,
        Chosen,
        choose_baseline,
        fit_baseline,
    )
    from netad_pcap.detection.blocks import ALIGNMENT, padded_width, score_in_blocks
    from netad_pcap.detection.bundle import (
        Bundle,
        BundleDetector,
        BundleReference,
        TrainingFile,
        TrainingSource,
    )
    from netad_pcap.detection.bundle_file import bundle_sha256, read_bundle, write_bundle
    from netad_pcap.detection.calibration import Calibration, fit_calibration, flows_needed
    from netad_pcap.detection.devices import Backend, Device, move, resolve
    from netad_pcap.detection.fusion import fit_fused, fuse
    from netad_pcap.detection.parameters import parameters_of, read_settings
    from netad_pcap.detection.probabilities import fit_temperature, pool, temper
    from netad_pcap.detection.registry import (
        Installed,
        InstalledBundle,
        bundle_faults,
        default_bundles,
        find_bundle,
        installed_bundles,
        installed_detectors,
        load_detector,
    )
    from netad_pcap.detection.scorer import FPR, Scored, Scorer
    from netad_pcap.detection.thresholds import RULES, Spot, fit_threshold
    from netad_pcap.detection.verdicts import VERDICTS, Verdicts, judge

_PLACES = {
    "baselines": (
        "CHOICE_ROWS",
        "HIGH_DRIFT",
        "Baseline",
        "Chosen",
        "choose_baseline",
        "fit_baseline",
    ),
    "blocks": ("ALIGNMENT", "padded_width", "score_in_blocks"),
    "bundle": (
        "Bundle",
        "BundleDetector",
        "BundleReference",
        "TrainingFile",
        "TrainingSource",
    ),
    "bundle_file": ("bundle_sha256", "read_bundle", "write_bundle"),
    "calibration": ("Calibration", "fit_calibration", "flows_needed"),
    "devices": ("Backend", "Device", "move", "resolve"),
    "fusion": ("fit_fused", "fuse"),
    "parameters": ("parameters_of", "read_settings"),
    "probabilities": ("fit_temperature", "pool", "temper"),
    "registry": (
        "Installed",
        "InstalledBundle",
        "bundle_faults",
        "default_bundles",
        "find_bundle",
        "installed_bundles",
        "installed_detectors",
        "load_detector",
    ),
    "scorer": ("FPR", "Scored", "Scorer"),
    "thresholds": ("RULES", "Spot", "fit_threshold"),
    "verdicts": ("VERDICTS", "Verdicts", "judge"),
}
_MODULE_OF = {name: module for module, names in _PLACES.items() for name in names}

__all__ = [
    "ALIGNMENT",
    "CHOICE_ROWS",
    "FPR",
    "HIGH_DRIFT",
    "RULES",
    "VERDICTS",
    "Backend",
    "Baseline",
    "Bundle",
    "BundleDetector",
    "BundleReference",
    "Calibration",
    "Chosen",
    "Detector",
    "Device",
    "Installed",
    "InstalledBundle",
    "Needs",
    "Scored",
    "Scorer",
    "Scores",
    "Spot",
    "TrainingFile",
    "TrainingSource",
    "Verdicts",
    "bundle_faults",
    "bundle_sha256",
    "check_scores",
    "choose_baseline",
    "default_bundles",
    "find_bundle",
    "fit_baseline",
    "fit_calibration",
    "fit_fused",
    "fit_temperature",
    "fit_threshold",
    "flows_needed",
    "fuse",
    "installed_bundles",
    "installed_detectors",
    "judge",
    "load_detector",
    "move",
    "padded_width",
    "parameters_of",
    "pool",
    "read_bundle",
    "read_settings",
    "resolve",
    "score_in_blocks",
    "temper",
    "write_bundle",
]


def __getattr__(name: str) -> Any:
    """A public name from the module that holds it."""
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{module}"), name)
