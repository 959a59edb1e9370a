"""The report: its model, its formats, and the summary on the terminal."""

from __future__ import annotations

from netad_pcap.report.columns import REPORT_COLUMNS, ReportColumn
from netad_pcap.report.escaping import csv_text, terminal_text
from netad_pcap.report.model import FORMATS, CaptureRecord, ModelRecord, Report, format_of
from netad_pcap.report.output import check_output, folder_beside, open_output
from netad_pcap.report.spool import ReportRows, Spool
from netad_pcap.report.timestamps import check_timezone
from netad_pcap.report.wireshark import display_filter

__all__ = [
    "FORMATS",
    "REPORT_COLUMNS",
    "CaptureRecord",
    "ModelRecord",
    "Report",
    "ReportColumn",
    "ReportRows",
    "Spool",
    "check_output",
    "check_timezone",
    "csv_text",
    "display_filter",
    "folder_beside",
    "format_of",
    "open_output",
    "terminal_text",
]
