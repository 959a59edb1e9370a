"""Thresholds by a rule of the user's choice, for `evaluate --threshold`.

A threshold is set on captures of *other* groups than the one it is tried on, by the scores of
their clean captures and, for rules that need labels, of their attacks. Where a rule's condition
is not met it is refused for that group, and what is missing is kept to be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection import RULES, Spot, fit_threshold
from netad_pcap.errors import ModelError, UsageError

__all__ = ["Cut", "Cuts", "Flagger", "Weighted", "refusals", "require_any"]

#: The rule that goes on learning while scores stream by (`detection.Spot`).
_SPOT = "spot"
#: Rules by the number that they take: `share`, `deviations`, or none.
_NUMBERS: Mapping[str, str] = {**{r.name: r.number for r in RULES.values()}, _SPOT: "share"}

_NOTHING = "no clean capture of another group to set a threshold on"

#: Scores of a capture in its order → which flows are flagged.
Flagger: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.bool_]]


@dataclass(frozen=True, eq=False)
class Weighted:
    """Scores and what each flow counts, float64 [n] each."""

    scores: NDArray[np.float64]
    weights: NDArray[np.float64]


@dataclass(frozen=True)
class Cut:
    """A rule, and its number.

    Attributes:
        name: as the user wrote it, and behind the figures' names.
        rule: of `RULES`, or `spot`.
        number: a share, or deviations; None: the rule takes none, or its default.
    """

    name: str
    rule: str
    number: float | None

    @classmethod
    def parse(cls, text: str, share: float) -> Cut:
        """From `RULE` or `RULE=NUMBER`.

        Args:
            text: as written.
            share: of harmless flows, where none is written.

        Raises:
            UsageError: no such rule, or a number that it does not take.
        """
        rule, given, written = text.partition("=")
        if rule not in _NUMBERS:
            raise UsageError(f"--threshold {text}: no such rule; use one of {', '.join(_NUMBERS)}")
        kind = _NUMBERS[rule]
        if not given:
            return cls(text, rule, share if kind == "share" else None)
        try:
            number = float(written)
        except ValueError:
            number = 0.0
        if not kind:
            raise UsageError(f"--threshold {text}: {rule} takes no number")
        if not 0 < number < (1 if kind == "share" else np.inf):
            what = "a share between 0 and 1" if kind == "share" else "a number above 0"
            raise UsageError(f"--threshold {text}: {rule} takes {what}")
        return cls(text, rule, number)

    def fit(self, clean: Weighted, attacks: Weighted) -> tuple[Flagger, float]:
        """What flags flows, and the threshold (of `spot`: where it begins).

        Raises:
            ModelError: the rule's condition is not met.
        """
        if self.rule == _SPOT:
            share = self.number or 0.0
            begin = Spot(clean.scores, share, clean.weights)
            # Each capture is a stream of its own.
            return (
                lambda scores: Spot(clean.scores, share, clean.weights).alarms(scores),
                begin.threshold,
            )
        kind = _NUMBERS[self.rule]
        given = {"share": "false_alarms"}.get(kind, kind)
        threshold = fit_threshold(
            self.rule,
            clean.scores,
            attacks.scores,
            weights=clean.weights,
            attack_weights=attacks.weights,
            **({} if self.number is None else {given: self.number}),
        )
        return (lambda scores: scores > threshold), threshold


@dataclass(eq=False)
class Cuts:
    """The chosen rules for one method.

    Attributes:
        chosen: rules.
        told: rule → group → how its threshold was set, or why it was not.
    """

    chosen: Sequence[Cut]
    told: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    def fit(self, group: str, clean: Weighted | None, attacks: Weighted) -> dict[str, Flagger]:
        """Rule → what flags flows of a group.

        Args:
            group: the one that will be measured.
            clean: flows of clean captures of other groups; None: there are none.
            attacks: attack flows of other groups.
        """
        flaggers: dict[str, Flagger] = {}
        for cut in self.chosen:
            told = self.told.setdefault(cut.name, {})
            try:
                if clean is None:
                    raise ModelError(_NOTHING)
                flaggers[cut.name], threshold = cut.fit(clean, attacks)
            except ModelError as refusal:
                told[group] = {"refused": str(refusal)}
                continue
            above = float(clean.weights[clean.scores > threshold].sum())
            told[group] = {
                "threshold": threshold,
                "set_on_flows": len(clean.scores),
                "flagged_there": above / float(clean.weights.sum()),
            }
        return flaggers


def refusals(told: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Iterator[tuple[str, str]]:
    """Rule, and why it was refused with the groups that this holds for; of one method."""
    for rule, groups in told.items():
        why: dict[str, list[str]] = {}
        for group, how in groups.items():
            if "refused" in how:
                why.setdefault(how["refused"], []).append(group)
        for words, names in why.items():
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            yield rule, f"not for {names[0]}{more}: {words}"


def require_any(
    told: Mapping[str, Mapping[str, Mapping[str, Mapping[str, Any]]]],
) -> None:
    """Every rule was set somewhere.

    Args:
        told: method → `Cuts.told`.

    Raises:
        ModelError: a rule was refused everywhere; the message says why at first.
    """
    for rule in dict.fromkeys(rule for mine in told.values() for rule in mine):
        mine = {method: groups.get(rule, {}) for method, groups in told.items()}
        if any("threshold" in how for groups in mine.values() for how in groups.values()):
            continue
        refused = [
            (m, g, how["refused"]) for m, groups in mine.items() for g, how in groups.items()
        ]
        # A condition that is not met says more than that there was nothing to try it on.
        told_first = sorted(refused, key=lambda one: one[2] == _NOTHING)
        for method, group, words in told_first[:1]:
            raise ModelError(
                f"--threshold {rule}: {method}, on what {group} is held against: {words}"
            )
