"""`netad-pcap review`: what reports say together."""

from __future__ import annotations

import json
import sys

import click

__all__ = ["command"]


@click.command("review")
@click.argument("reports", nargs=-1, required=True, metavar="REPORT...")
@click.option("--json", "as_json", is_flag=True, help="As JSON, everything in it.")
def command(reports: tuple[str, ...], as_json: bool) -> None:
    """Rank the hosts of reports by suspicion.

    What each did, when, and the Wireshark filter that shows it.

    REPORT is a .json or .jsonl report of `netad-pcap analyze`.
    """
    from netad_pcap.review import print_case, review

    case = review(reports)
    if as_json:
        click.echo(json.dumps(case.to_json(), indent=1, ensure_ascii=False))
    else:
        print_case(case, stream=sys.stdout)
