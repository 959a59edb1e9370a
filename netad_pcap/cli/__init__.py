"""The command line: one thin module per command. Parse, call one function, print."""

from __future__ import annotations

from netad_pcap.cli.program import main, run

__all__ = ["main", "run"]
