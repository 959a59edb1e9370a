"""`netad-pcap detectors`: which detectors are installed."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("detectors")
def command() -> None:
    """List the detectors that are installed, and why a broken one does not load."""
    from netad_pcap.detection import installed_detectors
    from netad_pcap.report import terminal_text

    found = installed_detectors()
    width = max((len(item.name) for item in found), default=0)
    for item in found:
        line = f"{item.name:<{width}}  {item.distribution} {item.version}  {item.value}"
        if item.error is not None:
            line += f"  broken: {item.error}"
        click.echo(terminal_text(line))
    if not found:
        click.echo("no detector is installed", err=True)
