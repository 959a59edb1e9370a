"""Bundle files: one `NAME.netad`, written byte for byte alike, read as hostile input.

    manifest.json          what it is, how it was made, what its members' hashes are
    weights.safetensors    detector/NAME/ARRAY, baseline/NAME/…: numbers only
    card.md                the model card

Reading one never runs anything in it: there is no pickle.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection.archive import CARD, MANIFEST, MAX_BYTES, WEIGHTS, pack, unpack
from netad_pcap.detection.bundle import (
    Bundle,
    BundleDetector,
    BundleReference,
    TrainingFile,
    TrainingSource,
)
from netad_pcap.detection.fusion import FUSION
from netad_pcap.detection.manifest import FORMAT, dump_manifest, load_manifest, schema_digest
from netad_pcap.detection.registry import InstalledBundle
from netad_pcap.detection.weights import (
    baseline_arrays,
    baseline_of,
    dump_arrays,
    load_arrays,
    part_of,
)
from netad_pcap.errors import ModelError, OutputError

__all__ = ["bundle_sha256", "read_bundle", "write_bundle"]


def read_bundle(source: str | os.PathLike[str] | InstalledBundle) -> Bundle:
    """Read a bundle; nothing in it is run, and nothing is believed unchecked.

    Args:
        source: a file, or what `find_bundle` found.

    Raises:
        ModelError: absent, damaged, foreign, too large, of a newer format, or inconsistent.
    """
    where = f"{source.name}.netad" if isinstance(source, InstalledBundle) else os.fspath(source)
    data = _bytes_of(source, where)
    members = unpack(data, where)
    manifest = load_manifest(members[MANIFEST], where)
    for name in (WEIGHTS, CARD):
        if hashlib.sha256(members[name]).hexdigest() != manifest["members"][name]:
            raise ModelError(
                f"{where}: {name} does not match its SHA-256 in the manifest: the file is damaged "
                f"or was changed; get or make it again"
            )
    arrays = load_arrays(members[WEIGHTS], where)
    try:
        card = members[CARD].decode()
        return _bundle(manifest, arrays, card, hashlib.sha256(data).hexdigest())
    except (ValueError, KeyError) as problem:
        reason = str(problem.args[0] if problem.args else problem)
        raise ModelError(f"{where}: the model contradicts itself: {reason[:200]}") from problem


def write_bundle(bundle: Bundle, path: str | os.PathLike[str], *, overwrite: bool = False) -> str:
    """Write a bundle, whole or not at all; the same bundle gives the same bytes.

    Returns:
        The SHA-256 of the file.

    Raises:
        OutputError: the file exists (unless `overwrite`), or cannot be written.
        ValueError: the bundle does not fit the format.
    """
    target = Path(path)
    data = _packed(bundle)
    if target.exists() and not overwrite:
        raise OutputError(f"{target}: exists; use --force, or another name")
    partial: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=target.parent, prefix=f".{target.name}.", delete=False
        ) as stream:
            partial = Path(stream.name)
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        partial.chmod(0o666 & ~_umask())
        partial.replace(target)
    except OSError as problem:
        raise OutputError(f"{target}: cannot be written: {problem.strerror}") from problem
    finally:
        if partial is not None:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
    return hashlib.sha256(data).hexdigest()


def bundle_sha256(source: str | os.PathLike[str] | InstalledBundle) -> str:
    """SHA-256 of a bundle's file, without reading what is in it.

    Raises:
        ModelError: absent, or too large for a bundle.
    """
    where = source.name if isinstance(source, InstalledBundle) else os.fspath(source)
    return hashlib.sha256(_bytes_of(source, where)).hexdigest()


def _bytes_of(source: str | os.PathLike[str] | InstalledBundle, where: str) -> bytes:
    resource = source.resource if isinstance(source, InstalledBundle) else Path(source)
    try:
        with resource.open("rb") as stream:
            data: bytes = stream.read(MAX_BYTES + 1)
    except OSError as problem:
        raise ModelError(f"{where}: cannot be read: {problem.strerror}") from problem
    if len(data) > MAX_BYTES:
        raise ModelError(f"{where}: too large for a model: more than {MAX_BYTES:,} bytes")
    return data


def _umask() -> int:
    # The mask can only be read by setting it.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _packed(bundle: Bundle) -> bytes:
    arrays: dict[str, NDArray[Any]] = {}
    for detector in bundle.detectors:
        for key, array in detector.arrays.items():
            arrays[f"detector/{detector.name}/{key}"] = np.asarray(array)
    for baseline in bundle.baselines:
        arrays |= baseline_arrays(baseline)
    weights, card = dump_arrays(arrays), bundle.card.encode()
    manifest = {
        "format": FORMAT,
        "name": bundle.name,
        "version": bundle.version,
        "profile": bundle.profile,
        "schema": schema_digest(bundle.profile),
        "clock": bundle.clock,
        "seed": bundle.seed,
        "fusion": FUSION,
        "detectors": [
            {
                "name": d.name,
                "detector": d.detector,
                "distribution": d.distribution,
                "version": d.version,
                "parameters": dict(d.parameters),
                "temperature": d.temperature,
            }
            for d in bundle.detectors
        ],
        "uses": [
            {"bundle": u.bundle, "version": u.version, "sha256": u.sha256,
             "detectors": list(u.detectors)}
            for u in bundle.uses
        ],
        "baselines": [
            {"name": b.name, "says": b.says, "detectors": list(b.calibration),
             "columns": list(b.columns)}
            for b in bundle.baselines
        ],
        "preprocessing": dict(bundle.preprocessing),
        "training": [
            {
                "source": s.source,
                "licence": s.licence,
                "files": [{"name": f.name, "sha256": f.sha256} for f in s.files],
            }
            for s in bundle.training
        ],
        "metrics": dict(bundle.metrics),
        "made_with": dict(bundle.made_with),
        "members": {
            WEIGHTS: hashlib.sha256(weights).hexdigest(),
            CARD: hashlib.sha256(card).hexdigest(),
        },
    }  # fmt: skip
    return pack({MANIFEST: dump_manifest(manifest), WEIGHTS: weights, CARD: card})


def _bundle(
    manifest: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], card: str, sha256: str
) -> Bundle:
    if manifest["schema"] != schema_digest(manifest["profile"]):
        raise ValueError(
            f"it was fitted to other columns of {manifest['profile']} than this version has"
        )
    claimed: set[str] = set()
    detectors = []
    for entry in manifest["detectors"]:
        part = part_of(arrays, f"detector/{entry['name']}/", claimed)
        detectors.append(BundleDetector(arrays=part, **entry))
    baselines = [baseline_of(entry, arrays, claimed) for entry in manifest["baselines"]]
    stray = sorted(set(arrays) - claimed)
    if stray:
        raise ValueError(f"array {ascii(stray[0])[:100]} belongs to nothing in the manifest")
    return Bundle(
        name=manifest["name"],
        version=manifest["version"],
        profile=manifest["profile"],
        clock=manifest["clock"],
        seed=manifest["seed"],
        detectors=tuple(detectors),
        baselines=tuple(baselines),
        uses=tuple(
            BundleReference(u["bundle"], u["version"], u["sha256"], tuple(u["detectors"]))
            for u in manifest["uses"]
        ),
        preprocessing=manifest["preprocessing"],
        training=tuple(
            TrainingSource(s["source"], s["licence"], tuple(TrainingFile(**f) for f in s["files"]))
            for s in manifest["training"]
        ),
        metrics=manifest["metrics"],
        card=card,
        made_with=manifest["made_with"],
        sha256=sha256,
    )
