"""`netad-pcap survey`: every method on every set, in one table."""

from __future__ import annotations

from pathlib import Path

import click

from netad_pcap.cli.cells import cells_options, list_cells
from netad_pcap.cli.saying import saying

__all__ = ["command"]


@click.command("survey")
@click.argument("studies", nargs=-1, metavar="STUDY...")
@click.option("-o", "--output", default="survey", show_default=True, metavar="FOLDER",
              help="Of the page, its plots and the cells.")  # fmt: skip
@click.option(
    "--data", default="../shared", show_default=True, metavar="FOLDER",
    envvar="NETAD_PCAP_DATA", help="Of tables/ and captures/.",
)  # fmt: skip
@click.option("--lab", metavar="FOLDER",
              help="What make lab-dataset recorded. Without it the lab is left out.")  # fmt: skip
@cells_options(seeds=3)
def command(
    studies: tuple[str, ...],
    output: str,
    data: str,
    lab: str | None,
    methods: tuple[str, ...],
    seeds: int,
    jobs: int,
    pages: bool,
    listed: bool,
    quiet: bool,
) -> None:
    """Run every method on every data set, by honest protocols, into one table with plots.

    Without STUDY all whose data are there. Work is kept cell by cell (a study, a method and a
    seed) in the JSON beside the page: called again, it goes on where it was interrupted.
    """
    from netad_pcap.errors import UsageError
    from netad_pcap.training.survey import STUDIES, SURVEYED, survey
    from netad_pcap.training.survey.study import Places

    if listed:
        list_cells(STUDIES.values(), SURVEYED)
        return

    say = saying(quiet)
    made = survey(
        studies,
        Path(output),
        Places(Path(data), None if lab is None else Path(lab)),
        methods=methods,
        seeds=tuple(range(seeds)),
        cells=not pages,
        processes=jobs,
        say=say,
    )
    if not made:
        raise UsageError(
            f"{output}: no cell of today's studies is there, so no page was made; --data names the "
            "folder of tables/ and captures/"
        )
    say(f"Wrote {output}/README.md")
