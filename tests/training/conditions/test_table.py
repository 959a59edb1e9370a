"""The page about conditions has the table's figures."""

from __future__ import annotations

import re
from pathlib import Path

from netad_pcap.training.conditions import CONDITIONS, Condition

PAGE = Path(__file__).parents[3] / "docs" / "conditions.md"


def row(condition: Condition) -> str:
    """A line of the page's table; what is 0 is empty."""
    cells = [
        condition.name,
        condition.meaning,
        condition.near,
        condition.rtt_us and f"{condition.rtt_us / 1_000:g} ms",
        condition.jitter_us and f"{condition.jitter_us / 1_000:g} ms",
        condition.loss and f"{condition.loss:.2%}",
        condition.bits_per_s and f"{condition.bits_per_s / 1e6:,g} Mbit/s",
        condition.mtu and f"{condition.mtu:,}",
        condition.merge_bytes and f"{condition.merge_bytes:,}",
        condition.snaplen or "",
    ]
    return "| " + " | ".join(str(cell or "") for cell in cells) + " |"


def test_page_shows_the_table() -> None:
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| [a-z].*\|$", text, re.MULTILINE)
    assert rows[1:] == [row(condition) for condition in CONDITIONS.values()]
