"""Transparent counters: how rare, among harmless flows, is what hosts did lately?

No network: of each context column the tail of the benign training flows is kept, and a flow's
value becomes −log10 of the share of them that is at least as extreme. Columns that say one
thing (fan-out, failures, likeness …) stand in a group, of which the rarest speaks; groups add
up. So every score is a sum of columns that can be told. Families come from a linear model of
the same columns (multinomial logistic regression), arrays only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from netad_detectors.tails import arrays_of_tails, tails_of_arrays
from netad_pcap.detection import Calibration, Needs, Scores, fit_calibration
from netad_pcap.families import ATTACKS, BENIGN
from netad_pcap.flows import FlowBatch
from netad_pcap.schema import CONTEXT, QUANTITIES

__all__ = ["GROUPS", "Behaviour"]

#: Which quantities of context say one thing. Others (`known`, `gap`, `mean_down`) are extreme
#: on any network: they serve the families only.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "rate": ("flows",),
    "hosts": ("partners",),
    "ports": ("services",),
    "unanswered": ("unanswered", "unanswered_share"),
    "refused": ("refused", "reset"),
    "empty": ("empty", "empty_share"),
    "likeness": ("alike", "spread_up", "spread_down"),
    "volume": ("uploaded", "upload_share", "mean_up"),
    "open": ("open",),
    "regularity": ("gap_spread",),
    "names": ("questions", "names", "name_length"),
}
#: Of these the small values are the strange ones: alike, or as regular as a clock.
_SMALL_IS_STRANGE = ("spread_up", "spread_down", "gap_spread")
#: A column says no more than this: beyond the training flows p is a ranking only.
_MOST_SURPRISE = 12.0
#: Benign values kept of a column.
_KEPT = 400
#: Scaled logarithms beyond this are taken as this.
_CLIP = 6.0
_SMALL = 1e-3

_QUANTITY = {name: tuple(QUANTITIES)[column.quantity] for name, column in CONTEXT.items()}


class Behaviour:
    """Tail probabilities of context columns, learned from benign flows.

    Args:
        families: classes, `benign` among them; those of which no training flow is found keep a
            probability of zero.
        strength: of the linear model's regularization; larger is weaker.
        seed: taken as every detector's; nothing here draws at random.
    """

    name: ClassVar[str] = "behaviour"

    def __init__(
        self,
        *,
        families: tuple[str, ...] | list[str] = (BENIGN, *ATTACKS),
        strength: float = 0.1,
        seed: int = 0,
    ) -> None:
        if BENIGN not in families:
            raise ValueError("benign must be among the families")
        self.needs = Needs(context=tuple(CONTEXT))
        self.families = families
        self.strength = strength
        self.seed = seed
        self._tails: tuple[Calibration, ...] = ()
        self._scaling: NDArray[np.float64] = np.zeros((2, len(CONTEXT)))
        self._weights: NDArray[np.float64] = np.zeros((len(families), len(CONTEXT) + 1))
        self._known: NDArray[np.bool_] = np.zeros(len(families), np.bool_)

    def fit(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Self:
        """Learns the tails from benign flows, and the families where some are named."""
        values, names, weight = self._given(flows, families)
        benign = names == BENIGN
        share = self._learn_tails(values, benign, weight)
        mean = np.average(values[benign], axis=0, weights=share)
        deviation = np.sqrt(np.average((values[benign] - mean) ** 2, axis=0, weights=share))
        self._scaling = np.stack([mean, np.maximum(deviation, _SMALL)])
        self._known = np.array([family in set(names) for family in self.families])
        self._weights = np.zeros((len(self.families), len(CONTEXT) + 1))
        if self._known.sum() > 1:
            self._fit_families(self._scaled(values), names, weight)
        return self

    def adapt(self, flows: FlowBatch, families: NDArray[Any] | None = None) -> Self:
        """Learns the tails anew; what it knows of families stays."""
        if not self._tails:
            raise ValueError("behaviour has not been fitted")
        values, names, weight = self._given(flows, families)
        self._learn_tails(values, names == BENIGN, weight)
        return self

    def score(self, flows: FlowBatch) -> Scores:
        """Novelty: over groups, the sum of the most surprising column's −log10 p."""
        if not self._tails:
            raise ValueError("behaviour has not been fitted")
        own = flows.without_carried()
        values = _logarithms(own)
        contributions = self._contributions(values)
        novelty = np.zeros(len(own))
        for share in contributions.values():
            novelty += share
        if self._known.sum() < 2:
            return Scores(novelty=novelty, contributions=contributions)
        return Scores(
            novelty=novelty,
            families=tuple(self.families),
            probabilities=self._probabilities(self._scaled(values)),
            contributions=contributions,
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Tails one behind the other, the scaling, the linear model, which families were seen."""
        if not self._tails:
            raise ValueError("behaviour has not been fitted")
        return {
            **arrays_of_tails(self._tails),
            "scaling": self._scaling,
            "weights": self._weights,
            "known": self._known.astype(np.uint8),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], **parameters: Any) -> Self:
        """From `to_arrays()`.

        Raises:
            ValueError: an array is missing, of a wrong shape, or no tail.
        """
        detector = cls(**parameters)
        shapes = {
            "scaling": detector._scaling.shape,
            "weights": detector._weights.shape,
            "known": detector._known.shape,
        }
        for name, shape in shapes.items():
            if name not in arrays or arrays[name].shape != shape:
                raise ValueError(f"array {name!r} must be of shape {shape}")
        detector._tails = tails_of_arrays(arrays, len(CONTEXT))
        if not (arrays["scaling"][1] > 0).all():
            raise ValueError("every column has a width")
        if not all(np.isfinite(arrays[name]).all() for name in ("scaling", "weights")):
            raise ValueError("scaling and weights must be finite")
        detector._scaling, detector._weights = arrays["scaling"], arrays["weights"]
        detector._known = arrays["known"].astype(np.bool_)
        if not detector._known[list(detector.families).index(BENIGN)]:
            raise ValueError("array 'known' says that benign flows were never learned")
        return detector

    def _given(
        self, flows: FlowBatch, families: NDArray[Any] | None
    ) -> tuple[NDArray[np.float64], NDArray[Any], NDArray[np.float64]]:
        """Logarithms, families and weights of the flows that are not carried."""
        own = flows.without_carried()
        names = np.full(len(own), BENIGN, object) if families is None else families
        strange = sorted(set(names) - set(self.families))
        if strange:
            raise ValueError(f"behaviour knows no family {strange[0]!r}")
        weight = np.ones(len(own)) if own.weight is None else own.weight
        if not weight[names == BENIGN].sum() > 0:
            raise ValueError("behaviour needs benign flows to learn from")
        return _logarithms(own), names, weight

    def _learn_tails(
        self, values: NDArray[np.float64], benign: NDArray[np.bool_], weight: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """The tail of each column; gives the weights of the benign flows, at most 1."""
        share: NDArray[np.float64] = weight[benign] / weight[benign].max()
        self._tails = tuple(
            fit_calibration(_strange(name, values[benign, place]), share, _KEPT)
            for place, name in enumerate(CONTEXT)
        )
        return share

    def _contributions(self, values: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """By column what it adds: of a group the most surprising one, the others nothing."""
        result: dict[str, NDArray[np.float64]] = {}
        for quantities in GROUPS.values():
            names = [name for name in CONTEXT if _QUANTITY[name] in quantities]
            surprise = np.column_stack([self._surprise(name, values) for name in names])
            speaks = surprise.argmax(axis=1)
            for place, name in enumerate(names):
                result[name] = np.where(speaks == place, surprise[:, place], 0.0)
        return result

    def _surprise(self, name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
        place = list(CONTEXT).index(name)
        found = self._tails[place].surprise(_strange(name, values[:, place]))
        return np.minimum(found, _MOST_SURPRISE)

    def _scaled(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        scaled: NDArray[np.float64] = (values - self._scaling[0]) / self._scaling[1]
        return np.clip(scaled, -_CLIP, _CLIP)

    def _fit_families(
        self, scaled: NDArray[np.float64], names: NDArray[Any], weight: NDArray[np.float64]
    ) -> None:
        """A class weighs the square root of its share."""
        from sklearn.linear_model import LogisticRegression

        places = {family: place for place, family in enumerate(self.families)}
        truth = np.array([places[name] for name in names])
        totals = np.bincount(truth, weights=weight, minlength=len(places))
        balanced = weight / np.sqrt(np.maximum(totals, 1e-12))[truth]
        model = LogisticRegression(C=self.strength, max_iter=1_000)
        model.fit(scaled, truth, sample_weight=balanced / balanced.mean())
        rows, model_weights = model.classes_, np.column_stack([model.coef_, model.intercept_])
        if len(rows) == 2:  # one row of weights, for the second class
            model_weights = np.concatenate([np.zeros_like(model_weights), model_weights])
        self._weights[rows] = model_weights

    def _probabilities(self, scaled: NDArray[np.float64]) -> NDArray[np.float64]:
        """Column by column: a product of matrices would depend, in its last bits, on the rows."""
        known = np.flatnonzero(self._known)
        weights = self._weights[known]
        columns = np.ascontiguousarray(scaled.T)
        logits = np.tile(weights[:, -1:], (1, len(scaled)))
        for place, column in enumerate(columns):
            logits += weights[:, place : place + 1] * column
        logits -= logits.max(axis=0)
        powers = np.exp(logits)
        total = np.zeros(len(scaled))
        for power in powers:  # `sum` of one row adds in another order than of several
            total += power
        result = np.zeros((len(scaled), len(self.families)))
        result[:, known] = (powers / total).T
        return result


def _logarithms(flows: FlowBatch) -> NDArray[np.float64]:
    """log(1 + value) of all context columns, float64 [n, columns]; what is no number is 0."""
    missing = [name for name in CONTEXT if name not in flows.context]
    if missing:
        raise ValueError(f"behaviour needs context columns: {', '.join(missing[:3])}")
    columns = [flows.context[name].astype(np.float64) for name in CONTEXT]
    values = np.nan_to_num(np.column_stack(columns), nan=0.0, posinf=1e300, neginf=0.0)
    result: NDArray[np.float64] = np.log1p(np.maximum(values, 0.0))
    return result


def _strange(name: str, logarithms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turned so that large is strange."""
    return -logarithms if _QUANTITY[name] in _SMALL_IS_STRANGE else logarithms
