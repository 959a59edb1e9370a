"""`netad-pcap analyze`: meter, score, report."""

from __future__ import annotations

from typing import Any

import click

from netad_pcap.cli.endings import end_of_run
from netad_pcap.cli.options import (
    FiniteRange,
    capture_options,
    device_options,
    model_options,
    named_captures,
    output_options,
    quiet_options,
    timezone_option,
)
from netad_pcap.cli.progress_bar import progress_bar, tell_first_run
from netad_pcap.errors import ExitCode
from netad_pcap.metering.rules import ALL_PROFILES

__all__ = ["command"]


@click.command("analyze")
@capture_options
@output_options(multiple=True, formats=("csv", "json", "jsonl", "parquet"), default=None)
@click.option(
    "--profile", type=click.Choice(ALL_PROFILES),
    help="Rule book of the rows; without it: the model's, on whose flows verdicts are made.",
)  # fmt: skip
@click.option(
    "--apps", type=click.Choice(["flagged", "all", "none"]), default="flagged",
    show_default=True, help="Rows whose application NFStream names (it names all as --meter).",
)  # fmt: skip
@model_options
@click.option(
    "--baseline", metavar="nearest|own-bulk|NAME", default="nearest", show_default=True,
    help="What is normal. nearest: verdicts by the model's general baseline, what is usual told of "
    "the one nearest to the traffic; own-bulk: the quiet bulk of these captures themselves (read "
    "twice: files only); or a baseline that netad-pcap models lists, which judges alone.",
)  # fmt: skip
@click.option(
    "--fdr", type=FiniteRange(0, 1, min_open=True, max_open=True), metavar="SHARE",
    help="Share of the flagged flows that may be harmless: Benjamini-Hochberg over all that is "
    "named, in place of --fpr (read twice: files only).",
)  # fmt: skip
@click.option("--fail-on-findings", is_flag=True, help="Exit 1 when there is a finding.")
@timezone_option
@device_options
@quiet_options
def command(
    captures: tuple[str, ...],
    read: tuple[str, ...],
    outputs: tuple[str, ...],
    format: str | None,  # noqa: A002 - the name of the option
    force: bool,
    fail_on_findings: bool,
    no_progress: bool,
    quiet: bool,
    verbose: bool,
    **choices: Any,
) -> int:
    """Say who did what in captures.

    Meters, scores, and reports what is wrong and how that is known.

    CAPTURE is a pcap or pcapng file (also in gzip or zstd), a folder of them, a flow table
    (CSV or Parquet), or - for standard input. The summary goes to standard error; reports go
    where -o says.
    """
    from netad_pcap.engine import Interruption, analyze, check_outputs, write_reports
    from netad_pcap.report import folder_beside, print_summary

    named = named_captures(captures, read)
    check_outputs(outputs, inputs=named, format=format, force=force)
    beside = folder_beside(outputs[0]) if outputs else None
    with Interruption() as stop, progress_bar(wanted=not (quiet or no_progress)) as progress:
        report = analyze(
            named,
            temporary_folder=beside,
            should_stop=stop,
            progress=progress,
            first_run=tell_first_run(wanted=not (quiet or no_progress)),
            **choices,
        )
        with report:
            write_reports(report, outputs, format=format, force=force)
            if not quiet:
                print_summary(report, outputs)
            if verbose:
                _print_details(report)
    unreadable = [c.health["error"] for c in report.captures if "error" in c.health]
    end_of_run(interrupted=report.interrupted, unreadable=unreadable, written=outputs)
    return ExitCode.FINDINGS if fail_on_findings and report.findings else ExitCode.DONE


def _print_details(report: Any) -> None:
    """What the summary leaves out: settings, models with their hashes, every capture."""
    from netad_pcap.report import terminal_text

    for capture in report.captures:
        words = "; ".join(capture.remarks)
        click.echo(terminal_text(f"{capture.name}: SHA-256 {capture.sha256}; {words}"), err=True)
    for model in report.models:
        words = f"model {model.name} {model.version}: SHA-256 {model.sha256}"
        click.echo(terminal_text(words), err=True)
    words = ", ".join(f"{name} {value}" for name, value in report.settings.items())
    click.echo(f"meter {report.meter}, profile {report.profile}, {words}", err=True)
