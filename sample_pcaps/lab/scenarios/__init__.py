"""The scenarios, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sample_pcaps.lab.scenario import Scenario
from sample_pcaps.lab.scenarios import (
    agency,
    branch,
    clinic,
    college,
    factory,
    home,
    hosting,
    office,
    plant,
    school,
    smoke,
    things,
)

__all__ = ["SCENARIOS"]

_MODULES = (
    smoke, office, things, hosting, school, clinic, plant, home, college, branch, factory, agency,
)  # fmt: skip
SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {scenario.name: scenario for module in _MODULES for scenario in module.RUNS}
)
