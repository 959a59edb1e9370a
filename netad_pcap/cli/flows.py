"""`netad-pcap flows`: the data set's columns, exactly and fast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from netad_pcap.capture.wording import count_of
from netad_pcap.cli.endings import end_of_run
from netad_pcap.cli.options import (
    capture_options,
    named_captures,
    output_options,
    quiet_options,
    truth_option,
)
from netad_pcap.cli.progress_bar import progress_bar, tell_first_run
from netad_pcap.metering.rules import ALL_PROFILES

if TYPE_CHECKING:
    from netad_pcap.engine import FlowsResult

__all__ = ["command"]


@click.command("flows")
@capture_options
@output_options(multiple=False, formats=("csv", "parquet"), default="-")
@click.option(
    "--profile",
    type=click.Choice(ALL_PROFILES),
    default="cic-2018",
    show_default=True,
    help="Whose rule book.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Exactly what the Java tool would write, garbage included.",
)
@click.option("--dialect", metavar="NAME", help="Spelling of the header; default: the profile's.")
@click.option(
    "--timezone",
    default="UTC",
    show_default=True,
    metavar="ZONE",
    help="For dialects that print local time.",
)
@truth_option
@quiet_options
def command(
    captures: tuple[str, ...],
    read: tuple[str, ...],
    output: str,
    truth: str | None,
    no_progress: bool,
    quiet: bool,
    verbose: bool,
    **choices: Any,
) -> None:
    """Write flows as CICFlowMeter would.

    Metering only: no scores, no verdicts."""
    from netad_pcap.engine import Interruption, write_flows

    named = named_captures(captures, read)
    label = None
    if truth is not None:
        from netad_pcap.training.labels import labelled_by

        label = labelled_by(truth)
    with Interruption() as stop, progress_bar(wanted=not (quiet or no_progress)) as progress:
        result = write_flows(
            named,
            output,
            label=label,
            should_stop=stop,
            progress=progress,
            first_run=tell_first_run(wanted=not (quiet or no_progress)),
            **choices,
        )
    if not quiet:
        _print_result(result, output, verbose=verbose)
    end_of_run(
        interrupted=result.interrupted,
        unreadable=[str(error) for error in result.unreadable.values()],
        written=[output],
    )


def _print_result(result: FlowsResult, output: str, *, verbose: bool) -> None:
    """What was read and what was not, on standard error; one line where all went well."""
    from netad_pcap.report import terminal_text

    packets = sum(read.health.packets for read in result.reads)
    where = "" if output == "-" else f" in {output}"
    for name, error in result.unreadable.items():
        click.echo(terminal_text(f"{name}: not read: {error}"), err=True)
    for read in result.reads:
        sentences = read.health.sentences()
        if read.error is None and (verbose or not read.health.whole or len(sentences) > 1):
            click.echo(terminal_text(f"{read.name}: {' · '.join(sentences)}"), err=True)
    click.echo(
        terminal_text(
            f"{count_of(packets, 'packet')}, {count_of(result.rows, 'flow')}{where} · "
            f"metered in {result.metered_s:.1f} s"
        ),
        err=True,
    )
    if result.remark is not None:
        click.echo(terminal_text(result.remark), err=True)
