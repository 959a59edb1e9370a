"""`netad-pcap models`."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("models")
def command() -> None:
    """Not there yet."""
