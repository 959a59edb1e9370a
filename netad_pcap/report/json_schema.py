"""The JSON Schemas of a report and of an event; reports and events are held against them."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, cast

__all__ = ["event_schema", "report_schema"]


def report_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) as an object."""
    text = resources.files("netad_pcap.report").joinpath("report.schema.json").read_text("utf-8")
    return cast("dict[str, Any]", json.loads(text))


def event_schema() -> dict[str, Any]:
    """The schema of one line of `netad-pcap monitor`.

    A flow is a report's flow, a finding a report's finding; where the latter stands is its
    `state`, not `open`.
    """
    report = report_schema()
    definitions = report["$defs"]
    finding = _with_time("finding", definitions.pop("finding"))
    del finding["properties"]["open"]
    finding["required"].remove("open")
    finding["properties"]["state"] = {
        "description": "first told; ten times the flows, or another family; over",
        "enum": ["new", "grown", "closed"],
    }
    finding["required"].append("state")
    flow = _with_time("flow", definitions.pop("flow"))
    return {
        "$schema": report["$schema"],
        "$id": "https://netad-pcap.invalid/event.schema.json",
        "title": "netad-pcap event",
        "description": "One line of `netad-pcap monitor`.",
        "oneOf": [finding, flow],
        "$defs": definitions,
    }


def _with_time(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row of a report as an event."""
    first = {
        "time": {"description": "capture time at which it was told", "$ref": "#/$defs/time"},
        "event": {"const": name},
    }
    clock = {"description": "resolution of its times, where not microseconds", "const": "ms"}
    return row | {
        "required": [*first, *row["required"]],
        "properties": first | {"clock": clock} | row["properties"],
    }
