"""`netad-pcap evaluate`."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("evaluate")
def command() -> None:
    """Not there yet."""
