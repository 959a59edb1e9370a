"""manifest.json: read as hostile input, held against its schema; written in one form only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from netad_pcap.errors import ModelError
from netad_pcap.schema import PROFILES

__all__ = ["FORMAT", "dump_manifest", "load_manifest", "schema_digest"]

#: The format that is written; older ones are read as long as `load_manifest` knows them.
FORMAT = 1


def dump_manifest(manifest: Mapping[str, Any]) -> bytes:
    """A manifest as bytes: keys sorted, UTF-8, one line per value.

    Raises:
        ValueError: it does not fit its schema, or holds NaN or an infinity.
    """
    fault = _schema_fault(manifest)
    if fault is not None:
        raise ValueError(f"manifest: {fault}")
    text = json.dumps(manifest, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def load_manifest(data: bytes, where: str) -> dict[str, Any]:
    """The manifest in these bytes.

    Raises:
        ModelError: not JSON, of a newer format, or not what the schema says.
    """
    try:
        manifest = json.loads(data.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as problem:
        reason = " ".join(str(problem).split())[:200]
        raise ModelError(f"{where}: its manifest is not JSON ({ascii(reason)[1:-1]})") from problem
    if not isinstance(manifest, dict) or not isinstance(manifest.get("format"), int):
        raise ModelError(f"{where}: not a model of netad-pcap: its manifest states no format")
    if manifest["format"] > FORMAT:
        raise ModelError(
            f"{where}: made by a newer netad-pcap (format {str(manifest['format'])[:20]}; this one "
            f"reads up to {FORMAT}): upgrade netad-pcap"
        )
    try:
        fault = _schema_fault(manifest)
    except RecursionError:
        fault = "nested too deeply"
    if fault is not None:
        raise ModelError(f"{where}: its manifest is unfit: {fault}")
    return manifest


def schema_digest(profile: str) -> str:
    """SHA-256 of a profile's feature names, one a line: what a bundle was fitted to.

    Raises:
        ModelError: no such profile.
    """
    if profile not in PROFILES:
        raise ModelError(f"no profile named {profile!r}; there are: {', '.join(PROFILES)}")
    return hashlib.sha256("\n".join(PROFILES[profile].features).encode()).hexdigest()


def _schema_fault(manifest: Mapping[str, Any]) -> str | None:
    """The first thing that is wrong, on one line, or None."""
    error = next(_validator().iter_errors(manifest), None)
    if error is None:
        return None
    place = ascii(error.json_path)[1:-1][:100]
    return f"{place}: {ascii(error.message)[1:-1][:200]}"


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    text = files(__package__).joinpath("manifest.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError("a key stands twice")
    return result


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
