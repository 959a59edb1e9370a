"""The page `docs/report-columns.md`, written from the table."""

from __future__ import annotations

import sys

from netad_pcap.families import ANOMALY, BENIGN
from netad_pcap.report.columns import IDENTITY_COLUMNS, REPORT_COLUMNS, score_header
from netad_pcap.schema.docs import markdown_table

__all__ = ["columns_page"]

_HEAD = f"""# Columns of a report

Made by `make docs`; a test checks that it is true.

A report of `analyze` has the identity of a flow, its features ([columns](columns.md): those of
CSE-CIC-IDS2018 first, then those that only the profile has), and behind these what the program
says of it. `Label` is the family of the flow's finding; without one it is `{BENIGN}`, `{ANOMALY}`
(unlike the baseline) or the family that detectors tell, and empty where the flow was not judged. A
column `{score_header("NAME")}` is that detector's own score, in its own unit: it orders the flows
of one report, and is compared with no other detector's. In JSON a flow has the keys below, features
stand under `features` and detectors' scores under `scores`.
"""


def columns_page() -> str:
    """The page as Markdown, ending in a newline."""
    rows = [
        (f"`{column.name}`", f"`{column.key}`", column.dtype, column.unit, column.meaning)
        for column in (*IDENTITY_COLUMNS, *REPORT_COLUMNS.values())
    ]
    return f"{_HEAD}\n{markdown_table(('column', 'key in JSON', 'type', 'unit', 'is'), rows)}"


if __name__ == "__main__":
    sys.stdout.write(columns_page())
