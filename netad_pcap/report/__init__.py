"""The report: its model, its formats, and the summary on the terminal."""

from __future__ import annotations

from netad_pcap.report.columns import REPORT_COLUMNS, ReportColumn
from netad_pcap.report.counts import Counts
from netad_pcap.report.escaping import csv_text, terminal_text
from netad_pcap.report.flow_tables import FLOW_FORMATS, FlowTable, open_flow_table
from netad_pcap.report.json_rows import flow_lines
from netad_pcap.report.json_schema import event_schema, report_schema
from netad_pcap.report.model import FORMATS, CaptureRecord, ModelRecord, Report, format_of
from netad_pcap.report.output import check_output, folder_beside, make_folder, open_output
from netad_pcap.report.spool import ReportRows, Spool
from netad_pcap.report.summary import console_for, finding_filter, print_summary
from netad_pcap.report.takeover import Takeover
from netad_pcap.report.timestamps import check_timezone
from netad_pcap.report.wireshark import display_filter

__all__ = [
    "FLOW_FORMATS",
    "FORMATS",
    "REPORT_COLUMNS",
    "CaptureRecord",
    "Counts",
    "FlowTable",
    "ModelRecord",
    "Report",
    "ReportColumn",
    "ReportRows",
    "Spool",
    "Takeover",
    "check_output",
    "check_timezone",
    "console_for",
    "csv_text",
    "display_filter",
    "event_schema",
    "finding_filter",
    "flow_lines",
    "folder_beside",
    "format_of",
    "make_folder",
    "open_flow_table",
    "open_output",
    "print_summary",
    "report_schema",
    "terminal_text",
]
