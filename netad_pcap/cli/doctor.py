"""`netad-pcap doctor`: what is there, what is not, what to do."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

__all__ = ["command"]


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(as_json: bool) -> None:
    """Look at what is installed, and at what is not.

    Packages, devices, capture rights, detectors and bundles, and what to do about them."""
    from netad_pcap.engine import examine

    checks = examine()
    if as_json:
        click.echo(json.dumps([asdict(check) for check in checks], indent=1))
        return
    width = max(len(check.name) for check in checks)
    for check in checks:
        mark = "ok  " if check.fine else "LACK"
        click.echo(f"{mark} {check.name:<{width}}  {' '.join(check.says.split())}")
        if check.remedy:
            click.echo(f"     {'':<{width}}  → {check.remedy}")
