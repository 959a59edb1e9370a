"""The one error of the lab: what is wrong, where, and what to do."""

from __future__ import annotations

__all__ = ["LabError"]


class LabError(Exception):
    """The lab cannot begin, or a part of it failed."""
