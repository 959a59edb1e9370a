"""Bundles: trained detectors as data, never code. What a file `NAME.netad` holds.

`bundle_file` reads and writes them. The classes of a bundle's detectors come from packages
that the user installed, never from the bundle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from netad_pcap.detection.baselines import Baseline
from netad_pcap.detection.registry import installed_detectors, load_detector
from netad_pcap.errors import ModelError

__all__ = ["Bundle", "BundleDetector", "BundleReference", "TrainingFile", "TrainingSource"]


@dataclass(frozen=True, eq=False)
class BundleDetector:
    """A detector in a bundle.

    Attributes:
        name: in this bundle; baselines and reports call it so.
        detector: entry point of its class.
        distribution: the package that brings the class, its version below.
        parameters: keywords of its constructor.
        arrays: what `to_arrays` gave.
        temperature: of its family probabilities (`probabilities.temper`).
    """

    name: str
    detector: str
    distribution: str
    version: str
    parameters: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]
    temperature: float = 1.0

    def load(self, where: str) -> Any:
        """The detector itself, made by its installed class.

        Args:
            where: the bundle, for messages.

        Raises:
            ModelError: its package is missing or broken, or refuses the arrays.
        """
        if all(installed.name != self.detector for installed in installed_detectors()):
            raise ModelError(
                f"{where}: needs detector {self.detector}, which is not installed: "
                f"pip install {self.distribution}"
            )
        kind = load_detector(self.detector)
        try:
            return kind.from_arrays(dict(self.arrays), **self.parameters)
        # from_arrays is a third party's and the arrays are input: whatever it raises.
        except Exception as problem:
            reason = " ".join(str(problem).split())[:200]
            raise ModelError(
                f"{where}: detector {self.name} cannot be restored by {self.distribution} "
                f"(made with version {self.version}): {type(problem).__name__}: {reason}"
            ) from problem


@dataclass(frozen=True)
class BundleReference:
    """Detectors of another bundle, for which this one holds baselines.

    Attributes:
        bundle: its name; an installed one.
        version: its version.
        sha256: of its file: baselines hold for these very weights.
        detectors: names of those that are used.
    """

    bundle: str
    version: str
    sha256: str
    detectors: tuple[str, ...]


@dataclass(frozen=True)
class TrainingFile:
    """A file that weights were fitted to: its name and SHA-256."""

    name: str
    sha256: str


@dataclass(frozen=True)
class TrainingSource:
    """Where training data came from.

    Attributes:
        source: a repository or network.
        licence: as stated there, or `none stated`.
        files: what was used of it.
    """

    source: str
    licence: str
    files: tuple[TrainingFile, ...] = ()


@dataclass(frozen=True, eq=False)
class Bundle:
    """What a file `NAME.netad` holds.

    Attributes:
        name: of the bundle.
        version: of the bundle.
        profile: rule book of the flows it was fitted to.
        clock: resolution of their times, `us` or `ms`.
        seed: that it was fitted with.
        detectors: those whose weights it holds.
        uses: those of other bundles.
        baselines: what normal is, on one network each.
        preprocessing: tables that detectors share, JSON.
        training: data by source.
        metrics: figures on held-out sources, JSON.
        card: the model card, Markdown.
        made_with: versions of the packages that count.
        sha256: of the file that it was read from; empty before it is written.
    """

    name: str
    version: str
    profile: str
    clock: str
    seed: int
    detectors: tuple[BundleDetector, ...]
    baselines: tuple[Baseline, ...]
    uses: tuple[BundleReference, ...] = ()
    preprocessing: Mapping[str, Any] = field(default_factory=dict)
    training: tuple[TrainingSource, ...] = ()
    metrics: Mapping[str, Any] = field(default_factory=dict)
    card: str = ""
    made_with: Mapping[str, str] = field(default_factory=dict)
    sha256: str = ""

    def __post_init__(self) -> None:
        names = [d.name for d in self.detectors] + [n for u in self.uses for n in u.detectors]
        if len(set(names)) < len(names):
            raise ValueError("two detectors of one name")
        if len({b.name for b in self.baselines}) < len(self.baselines):
            raise ValueError("two baselines of one name")
        for baseline in self.baselines:
            unknown = [name for name in baseline.calibration if name not in names]
            if unknown:
                raise ValueError(f"baseline {baseline.name} calibrates {unknown[0]}, not in here")

    def baseline(self, name: str) -> Baseline:
        """The baseline of this name, which must be there."""
        return next(baseline for baseline in self.baselines if baseline.name == name)
