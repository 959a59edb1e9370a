"""`netad-pcap reproduce`: the papers' tables, ours beside the published ones."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["command"]


@click.command("reproduce")
@click.argument("experiments", nargs=-1, metavar="EXPERIMENT...")
@click.option("-o", "--output", default="results", show_default=True, metavar="FOLDER",
              help="Of the pages, and of the cells beside them.")  # fmt: skip
@click.option(
    "--data", default="../shared/tables", show_default=True, metavar="FOLDER",
    envvar="NETAD_PCAP_TABLES", help="Of the data sets' tables.",
)  # fmt: skip
@click.option("--method", "methods", multiple=True, metavar="NAME",
              help="Only this method; repeatable.")  # fmt: skip
@click.option("--seeds", type=click.IntRange(1, 100), default=5, show_default=True, metavar="N",
              help="How many; 0, 1, … of splits and fits.")  # fmt: skip
@click.option("--pages", is_flag=True, help="Compute nothing: pages of the cells that are there.")
@click.option("--list", "listed", is_flag=True, help="Name experiments and methods, and end.")
@click.option("-q", "--quiet", is_flag=True, help="Only errors on standard error.")
def command(
    experiments: tuple[str, ...],
    output: str,
    data: str,
    methods: tuple[str, ...],
    seeds: int,
    pages: bool,
    listed: bool,
    quiet: bool,
) -> None:
    """Run the tables of the literature again, by the published protocols and by honest ones.

    Without EXPERIMENT all of them. Work is kept cell by cell (an experiment, a method and a
    seed): called again, it goes on where it was interrupted.
    """
    from netad_pcap.training.reproduction import EXPERIMENTS, METHODS, reproduce

    if listed:
        for experiment in EXPERIMENTS.values():
            click.echo(f"{experiment.name:<24}{experiment.title}")
        click.echo(f"methods: {', '.join(METHODS)}")
        return

    def say(line: str) -> None:
        if not quiet:
            click.echo(line, err=True)

    reproduce(
        experiments,
        Path(output),
        data=Path(data),
        methods=methods,
        seeds=tuple(range(seeds)),
        cells=not pages,
        say=say,
    )
    say(f"Wrote the pages in {output}")
