"""Reviewing reports: hosts by suspicion, incidents in order of time, where to look."""

from __future__ import annotations

from netad_pcap.review.case import Case, HostOfCase, Incident, review
from netad_pcap.review.reading import ReportFile, read_report
from netad_pcap.review.screen import print_case

__all__ = [
    "Case",
    "HostOfCase",
    "Incident",
    "ReportFile",
    "print_case",
    "read_report",
    "review",
]
