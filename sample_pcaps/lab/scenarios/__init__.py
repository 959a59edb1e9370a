"""The scenarios, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sample_pcaps.lab.scenario import Scenario
from sample_pcaps.lab.scenarios.iot import IOT_RUNS
from sample_pcaps.lab.scenarios.office import OFFICE_RUNS
from sample_pcaps.lab.scenarios.smoke import SMOKE_RUN

__all__ = ["SCENARIOS"]

SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {scenario.name: scenario for scenario in (SMOKE_RUN, *OFFICE_RUNS, *IOT_RUNS)}
)
