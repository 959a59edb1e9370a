"""What cells of several seeds say together of one figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netad_pcap.training.survey.studies import STUDIES

__all__ = ["Spread", "spread", "tests_of"]


@dataclass(frozen=True)
class Spread:
    """A figure over seeds.

    Attributes:
        mean: over seeds.
        least, most: of the seeds.
        low, high: of captures the 95% interval over sources, its ends' means over seeds; of tables
            the least and the most of the seeds.
        seeds: how many.
    """

    mean: float
    least: float
    most: float
    low: float
    high: float
    seeds: int


def spread(cells: Sequence[Mapping[str, Any]], test: str, figure: str) -> Spread | None:
    """A figure of one method over its seeds; None where none has it."""
    told = [cell["tests"].get(test, {}).get(figure) for cell in cells]
    there = [value for value in told if value is not None]
    if not there:
        return None
    whole = [value if isinstance(value, Mapping) else {"mean": value} for value in there]
    means = [value["mean"] for value in whole]
    low = float(np.mean([v["low"] for v in whole])) if "low" in whole[0] else min(means)
    high = float(np.mean([v["high"] for v in whole])) if "high" in whole[0] else max(means)
    return Spread(float(np.mean(means)), min(means), max(means), low, high, len(there))


def tests_of(found: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Study, test and heading of each column, of the studies that have cells."""
    return [
        (study, test, heading) for study in found for test, heading in STUDIES[study].tests.items()
    ]
