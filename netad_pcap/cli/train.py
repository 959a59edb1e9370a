"""`netad-pcap train`."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("train")
def command() -> None:
    """Not there yet."""
