"""The workbench of the checks: a detector under test, flows to try it on, fitted once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection import Needs, Scores
from netad_pcap.flows import FlowBatch
from netad_pcap.testing.synthetic import make_flows

__all__ = ["Bench", "digest", "require", "same_scores"]

_FLOWS = 240
_ATTACKS = ("scan", "dos")


class Bench:
    """One detector class, its parameters, and what is made with them once.

    Attributes:
        detector: the class under test.
        parameters: keywords for its constructor: those of the class's own `check_parameters`
            (fewer epochs, smaller layers), where it has some, and those given.
    """

    def __init__(self, detector: type[Any], parameters: Mapping[str, Any]) -> None:
        self.detector = detector
        self.parameters = {**getattr(detector, "check_parameters", {}), **parameters}

    def make(self) -> Any:
        """A new detector."""
        return self.detector(**self.parameters)

    def fit(self, flows: FlowBatch | None = None) -> Any:
        """A new detector, fitted to `flows` or to the bench's, with their families."""
        return self.make().fit(self.flows if flows is None else flows, self.families.copy())

    def score(self, flows: FlowBatch) -> Scores:
        """What the fitted detector says of flows."""
        scores: Scores = self.fitted.score(flows)
        return scores

    @property
    def name(self) -> str:
        """The detector's name, for messages."""
        return str(getattr(self.detector, "name", self.detector.__name__))

    @cached_property
    def needs(self) -> Needs:
        """What the detector reads."""
        needs: Needs = self.make().needs
        return needs

    @cached_property
    def flows(self) -> FlowBatch:
        """Benign flows and some of two families, with what the detector needs."""
        return self.fresh()

    @property
    def families(self) -> NDArray[Any]:
        """The family of each flow, object [n]."""
        return self.flows.text["family"]

    @cached_property
    def benign(self) -> FlowBatch:
        """Benign flows only."""
        return self._made(seed=2, attack_share=0.0)

    @cached_property
    def strange(self) -> FlowBatch:
        """Flows of the two families only."""
        return self._made(seed=3, attack_share=1.0)

    @cached_property
    def fitted(self) -> Any:
        """A detector fitted to `flows`."""
        return self.fit()

    @cached_property
    def scores(self) -> Scores:
        """What `fitted` says of `flows`."""
        return self.score(self.flows)

    def fresh(self) -> FlowBatch:
        """The same as `flows`, in memory of its own."""
        return self._made(seed=1, attack_share=0.25)

    def replaced(self, flows: FlowBatch, **changes: Any) -> FlowBatch:
        """The flows with some attributes changed."""
        return replace(flows, **changes)

    def mapped(self, change: Callable[[NDArray[Any]], NDArray[Any]]) -> FlowBatch:
        """The flows with every float column of features and context changed."""
        groups: dict[str, Any] = {
            group: {
                name: change(column) if column.dtype.kind == "f" else column
                for name, column in getattr(self.flows, group).items()
            }
            for group in ("features", "context")
        }
        return replace(self.flows, **groups)

    def ugly(self) -> FlowBatch:
        """The flows with NaN and infinities sown into every float column."""
        random = np.random.default_rng(4)

        def sown(column: NDArray[Any]) -> NDArray[Any]:
            result = column.copy()
            for value in (np.nan, np.inf, -np.inf):
                result[random.random(len(result)) < 0.1] = value
            return result

        return self.mapped(sown)

    def without(self, name: str) -> FlowBatch:
        """The flows without one column."""
        groups: dict[str, Any] = {
            group: {k: v for k, v in getattr(self.flows, group).items() if k != name}
            for group in ("features", "context", "connection", "identity")
        }
        return replace(self.flows, **groups)

    def _made(self, seed: int, attack_share: float) -> FlowBatch:
        return make_flows(
            _FLOWS,
            seed=seed,
            history=self.needs.history,
            context=self.needs.context,
            attacks=_ATTACKS,
            attack_share=attack_share,
        )


def require(condition: bool, message: str) -> None:
    """Fail the running check with a message unless the condition holds."""
    if not condition:
        raise AssertionError(message)


def same_scores(
    found: Scores, expected: Scores, when: str, rows: NDArray[Any] | slice | None = None
) -> None:
    """Require equal bits.

    Args:
        found: scores of `rows`.
        expected: scores of all rows.
        when: what was different, for the message.
        rows: which rows of `expected` those of `found` are; None: all.
    """
    rows = slice(None) if rows is None else rows
    pairs = [("novelty", found.novelty, expected.novelty[rows])]
    if expected.probabilities is not None:
        if found.probabilities is None:
            raise AssertionError(f"no probabilities {when}")
        pairs.append(("probabilities", found.probabilities, expected.probabilities[rows]))
    require(
        found.contributions.keys() == expected.contributions.keys(),
        f"contributions {when} are of other columns",
    )
    pairs += [
        (f"contribution of {name}", column, expected.contributions[name][rows])
        for name, column in found.contributions.items()
    ]
    for what, one, other in pairs:
        if not np.array_equal(one, other):
            if one.shape != other.shape:
                raise AssertionError(f"{what} {when}: shape {one.shape} for {other.shape}")
            difference = float(np.max(np.abs(one - other)))
            raise AssertionError(f"{what} {when} differs by up to {difference:.2g}")


def digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    """A hash over names, dtypes, shapes and bytes of arrays."""
    state = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        state.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        state.update(array.tobytes())
    return state.hexdigest()
