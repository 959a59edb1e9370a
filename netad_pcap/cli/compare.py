"""`netad-pcap compare`: two flow tables side by side."""

from __future__ import annotations

import json

import click

from netad_pcap.cli.options import FiniteRange
from netad_pcap.errors import ExitCode

__all__ = ["command"]


@click.command("compare")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option(
    "--rtol",
    type=FiniteRange(0),
    default=1e-9,
    show_default=True,
    help="Relative tolerance of numbers.",
)
@click.option("--timezone-a", default="UTC", show_default=True, help="Of local times in A.")
@click.option("--timezone-b", default="UTC", show_default=True, help="Of local times in B.")
@click.option("--fail-on-differences", is_flag=True, help="Exit 1 when any flow differs.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(
    a: str,
    b: str,
    rtol: float,
    timezone_a: str,
    timezone_b: str,
    fail_on_differences: bool,
    as_json: bool,
) -> int:
    """Compare two flow tables.

    Which flows and columns differ, by how much, and why where it is known.

    A and B are CSV or Parquet of any dialect or meter.
    """  # fmt: skip
    from netad_pcap.compare import compare_tables, comparison_text

    found = compare_tables(a, b, rtol=rtol, timezone_a=timezone_a, timezone_b=timezone_b)
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=1, ensure_ascii=False))
    else:
        click.echo(comparison_text(found), nl=False)
    return ExitCode.FINDINGS if fail_on_differences and found.differs else ExitCode.DONE
