"""The table of rules, and the one way to use them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netad_pcap.detection.thresholds.deviations import mean_and_deviations
from netad_pcap.detection.thresholds.labelled import best_f1, best_youden
from netad_pcap.detection.thresholds.quantile import quantile
from netad_pcap.detection.thresholds.sample import Sample
from netad_pcap.detection.thresholds.tail import tail
from netad_pcap.errors import UsageError

__all__ = ["DEVIATIONS", "RULES", "Rule", "fit_threshold"]

#: What papers take.
DEVIATIONS = 3.0


@dataclass(frozen=True)
class Rule:
    """One way to a threshold.

    Attributes:
        name: as users write it.
        says: what it is, in a clause.
        condition: when it may be used.
        fit: from scores of benign flows and of attacks (None: not known), and a number.
        number: what the number is: `share` (of harmless flows that may be flagged),
            `deviations`, or none.
        labels: whether it needs scores of attacks.
    """

    name: str
    says: str
    condition: str
    fit: Callable[[Sample, Sample | None, float], float]
    number: str = ""
    labels: bool = False


_TABLE = (
    Rule(
        "quantile",
        "the score that a share of harmless flows exceeds",
        "at least 1/share − 1 harmless flows; any distribution",
        lambda benign, _, share: quantile(benign, share),
        number="share",
    ),
    Rule(
        "deviations",
        "mean plus k standard deviations (3)",
        "at least 30 harmless flows with nearly normal scores (skewness within 1, excess kurtosis "
        "within 2)",
        lambda benign, _, deviations: mean_and_deviations(benign, deviations),
        number="deviations",
    ),
    Rule(
        "tail",
        "a generalized Pareto tail fitted to the highest scores (POT)",
        "at least 20 different scores in the highest tenth of the harmless flows; a share below "
        "one tenth",
        lambda benign, _, share: tail(benign, share),
        number="share",
    ),
    Rule(
        "f1",
        "the best F1 on labelled flows",
        "at least 20 harmless and 20 attack flows, other ones than those reported on, attacks as "
        "frequent as they will be",
        lambda benign, attacks, _: best_f1(benign, attacks),
        labels=True,
    ),
    Rule(
        "youden",
        "the largest recall minus false-alarm rate on labelled flows",
        "at least 20 harmless and 20 attack flows, other ones than those reported on",
        lambda benign, attacks, _: best_youden(benign, attacks),
        labels=True,
    ),
)

RULES: Mapping[str, Rule] = MappingProxyType({rule.name: rule for rule in _TABLE})


def fit_threshold(
    rule: str,
    benign: NDArray[Any],
    attacks: NDArray[Any] | None = None,
    *,
    false_alarms: float = 0.01,
    deviations: float = DEVIATIONS,
    weights: NDArray[Any] | None = None,
    attack_weights: NDArray[Any] | None = None,
) -> float:
    """A threshold: flows with a higher score are flagged.

    Args:
        rule: of `RULES`.
        benign: float64 [n], scores of harmless flows that no detector was fitted to.
        attacks: float64 [m], scores of attack flows, for the rules that need labels.
        false_alarms: share of harmless flows that may be flagged (`quantile`, `tail`).
        deviations: standard deviations above the mean (`deviations`).
        weights, attack_weights: what each flow counts; None: 1.

    Raises:
        ModelError: the rule's condition is not met; the message names it.
        UsageError: no such rule.
        ValueError: scores or weights that are no finite numbers.
    """
    if rule not in RULES:
        raise UsageError(f"no threshold rule {rule!r}; use one of {', '.join(RULES)}")
    if not 0 < false_alarms < 1:
        raise ValueError("a share of false alarms lies between 0 and 1")
    if not deviations > 0:
        raise ValueError("deviations lie above 0")
    others = None if attacks is None else Sample.of(attacks, attack_weights)
    number = deviations if RULES[rule].number == "deviations" else false_alarms
    return float(RULES[rule].fit(Sample.of(np.asarray(benign), weights), others, number))
