"""`netad-pcap detectors`: the plugins that are installed."""

from __future__ import annotations

import json

import click

__all__ = ["command"]


@click.command("detectors")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(as_json: bool) -> None:
    """List the detectors that are installed.

    Ours and those of other packages; one that is broken is listed with the reason.
    """
    from netad_pcap.detection import installed_detectors
    from netad_pcap.report import terminal_text

    found = installed_detectors()
    if as_json:
        entries = [
            {
                "name": one.name,
                "class": one.value,
                "distribution": one.distribution,
                "version": one.version,
                "error": one.error,
            }
            for one in found
        ]
        click.echo(json.dumps(entries, indent=1))
        return
    width = max((len(one.name) for one in found), default=0)
    for one in found:
        state = "" if one.error is None else f"  cannot be used: {one.error}"
        words = f"{one.name:<{width}}  {one.distribution} {one.version}  {one.value}{state}"
        click.echo(terminal_text(words))
    if not found:
        click.echo("no detector is installed", err=True)
