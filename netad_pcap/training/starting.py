"""A detector fitted: from nothing, or (warm start) from what a shipped one knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from netad_pcap.detection import BundleDetector, default_bundles, load_detector, read_bundle
from netad_pcap.detection.parameters import parameters_of
from netad_pcap.errors import ModelError
from netad_pcap.flows import FlowBatch

__all__ = ["fitted_detector", "given_parameters", "shipped_weights", "with_context"]


def given_parameters(kind: type[Any], profile: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """All keywords of a detector; one that takes `profile` is told that of the flows."""
    parameters = parameters_of(kind, **given)
    return {**parameters, "profile": profile} if "profile" in parameters else parameters


def with_context(
    detectors: Sequence[str], parameters: Mapping[str, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """Parameters by detector; those that can read what hosts did lately do, unless told otherwise.

    On networks nobody trained on context decides and the model hardly matters (decision 15).
    """
    return {
        name: {"context": True, **parameters.get(name, {})}
        if "context" in parameters_of(load_detector(name))
        else parameters.get(name, {})
        for name in detectors
    }


def shipped_weights(detectors: Sequence[str], profile: str) -> dict[str, BundleDetector]:
    """By detector, what the shipped bundles hold of it, to start from.

    Raises:
        ModelError: none holds it for this profile, or it cannot go on learning.
    """
    found: dict[str, BundleDetector] = {}
    for bundle in map(read_bundle, default_bundles()):
        if bundle.profile == profile:
            found |= {entry.detector: entry for entry in reversed(bundle.detectors)}
    for detector in detectors:
        if detector not in found:
            raise ModelError(
                f"--warm-start: no shipped model holds detector {detector} for flows of {profile}; "
                "leave it out, and it is learned from nothing"
            )
        if not hasattr(load_detector(detector), "adapt"):
            raise ModelError(
                f"--warm-start: detector {detector} cannot go on learning from what it knows; "
                "leave it out, and it is learned from nothing"
            )
    return {detector: found[detector] for detector in detectors}


def fitted_detector(
    detector: str,
    flows: FlowBatch,
    families: NDArray[Any],
    given: Mapping[str, Any],
    start: BundleDetector | None,
) -> tuple[Any, dict[str, Any]]:
    """A detector that has learned, and its parameters.

    Args:
        detector: name of an installed one.
        flows, families: what it learns from; history is left out where it needs none.
        given: keywords of its constructor, `profile` and `seed` among them where it takes them.
        start: what it starts from; its parameters then are those that the weights belong to.

    Raises:
        ModelError: it cannot learn these flows.
    """
    kind = load_detector(detector)
    parameters = dict(given)
    try:
        if start is None:
            return kind(**parameters).fit(flows, families), parameters
        parameters = {**start.parameters, "seed": given["seed"]}
        return kind.from_arrays(start.arrays, **parameters).adapt(flows, families), parameters
    except ValueError as problem:
        raise ModelError(f"detector {detector} cannot learn these flows: {problem}") from None
