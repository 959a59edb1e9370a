"""What is installed: detectors and bundles, found by entry points.

    [project.entry-points."netad_pcap.detectors"]
    quantile = "netad_quantile:QuantileDetector"     # a class
    [project.entry-points."netad_pcap.bundles"]
    netad_quantile = "netad_quantile.bundles"        # a package whose *.netad are bundles

Nothing is imported until it is asked for. A broken plugin is listed with its reason and does
not break the others. Our own detectors come in by the same door.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from netad_pcap.detection.contract import Needs
from netad_pcap.errors import ModelError

__all__ = [
    "BUNDLES",
    "DETECTORS",
    "OURS",
    "SUFFIX",
    "Installed",
    "InstalledBundle",
    "bundle_faults",
    "default_bundles",
    "find_bundle",
    "installed_bundles",
    "installed_detectors",
    "load_detector",
]

DETECTORS = "netad_pcap.detectors"
BUNDLES = "netad_pcap.bundles"
#: The distribution whose bundles are the default, and whose names nobody takes over.
OURS = "netad-pcap"
SUFFIX = ".netad"

_MEMBERS = ("fit", "score", "to_arrays", "from_arrays")


@dataclass(frozen=True)
class Installed:
    """A detector that is installed, working or not.

    Attributes:
        name: of its entry point: what `--detector` and manifests call it.
        value: where it is: `module:Class`.
        distribution: the package that brings it.
        version: of that package.
        rival: the distributions that claim the same name, where that hides this one.
    """

    name: str
    value: str
    distribution: str
    version: str
    rival: str | None = None

    @cached_property
    def error(self) -> str | None:
        """Why it cannot be used, or None; imports it when asked for the first time."""
        if self.rival is not None:
            return f"the name {self.name} is also claimed by {self.rival}"
        loaded = self._loaded
        return loaded if isinstance(loaded, str) else None

    def load(self) -> type[Any]:
        """The class.

        Raises:
            ModelError: it is broken; says why.
        """
        loaded = self._loaded
        if self.error is not None or isinstance(loaded, str):
            raise ModelError(
                f"detector {self.name} of {self.distribution} {self.version} cannot be used: "
                f"{self.error}"
            )
        return loaded

    @cached_property
    def _loaded(self) -> type[Any] | str:
        try:
            found = EntryPoint(self.name, self.value, DETECTORS).load()
        # A plugin may fail in any way, even by leaving; none of them is ours to fall over.
        except (Exception, SystemExit) as problem:
            return f"importing {self.value} failed: {type(problem).__name__}: {_line(problem)}"
        return _fault(found, self.name) or found


@dataclass(frozen=True)
class InstalledBundle:
    """A bundle that a package brings.

    Attributes:
        name: file name without its suffix.
        distribution: the package that brings it.
        version: of that package.
        resource: where it can be read.
    """

    name: str
    distribution: str
    version: str
    resource: Traversable


def installed_detectors() -> list[Installed]:
    """Every detector installed, ours first, then by name; nothing is imported yet."""
    found = {
        (point.name, point.value, *_distribution(point)): point
        for point in entry_points(group=DETECTORS)
    }
    claims = Counter(name for name, *_ in found)
    owners = {name for name, _, distribution, _ in found if distribution == OURS}
    listed = []
    for name, value, distribution, version in found:
        rival = None
        if claims[name] > 1 and not (name in owners and distribution == OURS):
            others = {d for n, v, d, _ in found if n == name and (v, d) != (value, distribution)}
            rival = ", ".join(sorted(others))
        listed.append(Installed(name, value, distribution, version, rival))
    return sorted(listed, key=lambda i: (i.distribution != OURS, i.name, i.distribution))


def load_detector(name: str) -> type[Any]:
    """The class of an installed detector.

    Raises:
        ModelError: not installed (lists what is), or broken (says why).
    """
    listed = installed_detectors()
    candidates = [i for i in listed if i.name == name]
    if not candidates:
        raise ModelError(f"no detector named {name!r}; installed: {_names(i.name for i in listed)}")
    return min(candidates, key=lambda i: i.rival is not None).load()


def installed_bundles() -> list[InstalledBundle]:
    """Every bundle of every package that names some, ours first; broken packages are left out."""
    return _look()[0]


def bundle_faults() -> list[str]:
    """Why the bundles of some packages cannot be found, one line each."""
    return _look()[1]


def default_bundles() -> list[InstalledBundle]:
    """The bundles that are used where none is named: ours, never those of a third party.

    Raises:
        ModelError: this installation has none.
    """
    ours = [bundle for bundle in installed_bundles() if bundle.distribution == OURS]
    if not ours:
        raise ModelError(
            "this installation of netad-pcap holds no trained model; reinstall it, or name one "
            "with --model"
        )
    return ours


def find_bundle(name_or_path: str | os.PathLike[str]) -> Path | InstalledBundle:
    """What `--model` names: an installed bundle by its name, or else a file.

    A text with a folder or the suffix `.netad` in it is a path.

    Raises:
        ModelError: neither; lists the installed ones.
    """
    text = os.fspath(name_or_path)
    path = Path(text)
    if isinstance(name_or_path, str) and path.name == text and path.suffix != SUFFIX:
        for bundle in installed_bundles():
            if bundle.name == text:
                return bundle
    if path.is_dir():
        raise ModelError(f"{text}: is a folder, not a model (*{SUFFIX})")
    if path.exists():
        return path
    names = _names(bundle.name for bundle in installed_bundles())
    raise ModelError(f"{text}: no such model file, and no installed model of that name ({names})")


def _look() -> tuple[list[InstalledBundle], list[str]]:
    found: dict[tuple[str, str], InstalledBundle] = {}
    faults = []
    for point in entry_points(group=BUNDLES):
        distribution, version = _distribution(point)
        try:
            resources = sorted(files(point.value).iterdir(), key=lambda r: r.name)
        except (Exception, SystemExit) as problem:
            faults.append(
                f"bundles of {distribution} {version} cannot be found: {point.value}: "
                f"{type(problem).__name__}: {_line(problem)}"
            )
            continue
        for resource in resources:
            if resource.name.endswith(SUFFIX) and resource.is_file():
                name = resource.name.removesuffix(SUFFIX)
                bundle = InstalledBundle(name, distribution, version, resource)
                found.setdefault((distribution, name), bundle)
    listed = sorted(found.values(), key=lambda b: (b.distribution != OURS, b.name, b.distribution))
    return listed, faults


def _distribution(point: EntryPoint) -> tuple[str, str]:
    """Name and version; names are compared as PEP 503 normalizes them."""
    if point.dist is None:
        return "unknown", "unknown"
    return point.dist.name.lower().replace("_", "-"), point.dist.version


def _fault(found: Any, name: str) -> str | None:
    if not isinstance(found, type):
        return f"{name} is not a class"
    missing = [m for m in _MEMBERS if not callable(getattr(found, m, None))]
    if not isinstance(getattr(found, "name", None), str):
        missing.insert(0, "name")
    if missing:
        return f"{found.__name__} lacks {', '.join(missing)}"
    # `needs` may depend on parameters: then it is set by the constructor, or a property.
    needs = getattr(found, "needs", None)
    if needs is None or isinstance(needs, Needs) or hasattr(needs, "__get__"):
        return None
    return f"needs of {found.__name__} is not a netad_pcap.detection.Needs"


def _line(problem: BaseException) -> str:
    """An exception's words on one line, without control characters."""
    text = " ".join(str(problem).split())[:200]
    return "".join(c if c.isprintable() else "?" for c in text)


def _names(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names))) or "none"
