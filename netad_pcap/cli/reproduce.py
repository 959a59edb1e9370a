"""`netad-pcap reproduce`: the papers' tables, ours beside the published ones."""

from __future__ import annotations

from pathlib import Path

import click

from netad_pcap.cli.cells import cells_options, list_cells
from netad_pcap.cli.saying import saying

__all__ = ["command"]


@click.command("reproduce")
@click.argument("experiments", nargs=-1, metavar="EXPERIMENT...")
@click.option("-o", "--output", default="results", show_default=True, metavar="FOLDER",
              help="Of the pages, and of the cells beside them.")  # fmt: skip
@click.option(
    "--data", default="../shared/tables", show_default=True, metavar="FOLDER",
    envvar="NETAD_PCAP_TABLES", help="Of the data sets' tables.",
)  # fmt: skip
@cells_options(seeds=5)
def command(
    experiments: tuple[str, ...],
    output: str,
    data: str,
    methods: tuple[str, ...],
    seeds: int,
    jobs: int,
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
        list_cells(EXPERIMENTS.values(), METHODS)
        return

    say = saying(quiet)
    reproduce(
        experiments,
        Path(output),
        data=Path(data),
        methods=methods,
        seeds=tuple(range(seeds)),
        cells=not pages,
        processes=jobs,
        say=say,
    )
    say(f"Wrote the pages in {output}")
