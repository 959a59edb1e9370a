"""The JSON Schema of a report: it ships in the package, and reports are held against it."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, cast

__all__ = ["report_schema"]


def report_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) as an object."""
    text = resources.files("netad_pcap.report").joinpath("report.schema.json").read_text("utf-8")
    return cast("dict[str, Any]", json.loads(text))
