"""Methods as detectors, not yet fitted: keywords from a method and from what it is tried on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from netad_pcap.detection import load_detector, parameters_of
from netad_pcap.training.reproduction.fused import Fused
from netad_pcap.training.reproduction.methods import Method

__all__ = ["beside_defaults", "detector_of", "keywords_of", "reads_columns"]

#: Each look for a plugin reads the metadata of every package installed.
_kind = lru_cache(maxsize=None)(load_detector)


def reads_columns(method: Method) -> bool:
    """Whether all of its detectors can be told what columns to read."""
    return all("columns" in parameters_of(_kind(name)) for name in method.detectors)


def keywords_of(
    method: Method, columns: Mapping[str, int], classes: Sequence[str], seed: int
) -> dict[str, dict[str, Any]]:
    """By detector of the method, its keywords.

    Args:
        method: which.
        columns: what is read, each with its number of symbols.
        classes: families to tell apart, benign first; of a binary method the first two.
        seed: of whatever is drawn.
    """
    found = {}
    for name in method.detectors:
        kind = _kind(name)
        known = parameters_of(kind)
        given: dict[str, Any] = {"seed": seed, **method.parameters}
        if "columns" in known:
            given["columns"] = dict(columns)
        if "families" in known:
            given["families"] = list(classes[:2] if method.binary else classes)
        found[name] = parameters_of(kind, **{k: v for k, v in given.items() if k in known})
    return found


def beside_defaults(
    keywords: Mapping[str, Mapping[str, Any]],
) -> dict[str, dict[str, Any]]:
    """By detector, of its keywords those that are not its defaults: what keys of cells are made of.

    So a detector may be given another parameter, and cells stay; whoever changes a default raises
    the method's revision.
    """
    found = {}
    for name, given in keywords.items():
        defaults = parameters_of(_kind(name))
        found[name] = {key: value for key, value in given.items() if value != defaults[key]}
    return found


def detector_of(
    method: Method, columns: Mapping[str, int], classes: Sequence[str], seed: int
) -> Any:
    """The method's detector, or several fused."""
    keywords = keywords_of(method, columns, classes, seed)
    if len(keywords) > 1:
        return Fused(method.detectors, keywords, seed)
    ((name, given),) = keywords.items()
    return _kind(name)(**given)
