"""A detector's parameters: the keywords of its constructor, as the manifest keeps them."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable
from typing import Any

from netad_pcap.errors import ModelError, UsageError

__all__ = ["parameters_of", "read_settings"]


def parameters_of(detector: type[Any], **given: Any) -> dict[str, Any]:
    """Every keyword of a detector's constructor with its value: given, or its default.

    Values are as JSON gives them back (tuples become lists), so that a detector made from
    these and one made from a bundle are the same.

    Raises:
        ModelError: a keyword that the constructor lacks, one without value, or a value that
            JSON cannot hold.
    """
    name = getattr(detector, "name", detector.__name__)
    keywords = {
        key: parameter
        for key, parameter in inspect.signature(detector).parameters.items()
        if parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    }
    for key in given:
        if key not in keywords:
            known = ", ".join(keywords) or "none"
            raise ModelError(f"detector {name} has no parameter {key!r}; it has: {known}")
    values: dict[str, Any] = {}
    for key, parameter in keywords.items():
        value = given.get(key, parameter.default)
        if value is inspect.Parameter.empty:
            raise ModelError(f"detector {name} needs a value for parameter {key!r}")
        try:
            values[key] = json.loads(json.dumps(value, allow_nan=False))
        except (TypeError, ValueError):
            raise ModelError(
                f"parameter {key!r} of detector {name} is not JSON (numbers, text, lists): "
                f"{type(value).__name__}"
            ) from None
    return values


def read_settings(settings: Iterable[str]) -> dict[str, dict[str, Any]]:
    """`lstm.length=6` → {"lstm": {"length": 6}}: values are JSON, or else text.

    Raises:
        UsageError: one is not of that form, or two are of one parameter.
    """
    found: dict[str, dict[str, Any]] = {}
    for setting in settings:
        place, equals, text = setting.partition("=")
        name, point, key = place.partition(".")
        if not (equals and point and name and key.isidentifier()):
            raise UsageError(f"{setting!r} is not DETECTOR.PARAMETER=VALUE, as lstm.epochs=20 is")
        if key in found.setdefault(name, {}):
            raise UsageError(f"{name}.{key} is set twice")
        try:
            found[name][key] = json.loads(text)
        except ValueError:
            found[name][key] = text
    return found
