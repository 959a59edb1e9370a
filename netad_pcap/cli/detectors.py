"""`netad-pcap detectors`."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("detectors")
def command() -> None:
    """Not there yet."""
