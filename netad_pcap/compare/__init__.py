"""Two flow tables side by side: which flows and columns differ, by how much, and why."""

from __future__ import annotations

from netad_pcap.compare.result import (
    CauseCount,
    ColumnDifference,
    Comparison,
    Example,
    TableFacts,
)
from netad_pcap.compare.tables import RTOL, compare_tables
from netad_pcap.compare.wording import comparison_text

__all__ = [
    "RTOL",
    "CauseCount",
    "ColumnDifference",
    "Comparison",
    "Example",
    "TableFacts",
    "compare_tables",
    "comparison_text",
]
