"""`netad-pcap evaluate`: how well a model tells labelled attacks from benign flows."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from netad_pcap.cli.options import (
    alerts_option,
    fpr_option,
    meter_option,
    named_captures,
    named_models_option,
    timezone_option,
)
from netad_pcap.cli.saying import saying
from netad_pcap.metering.rules import ALL_PROFILES

__all__ = ["command"]


@click.command("evaluate")
@click.argument("captures", nargs=-1, metavar="CAPTURE...")
@click.option("-r", "--read", "read", multiple=True, metavar="FILE", help="A capture, too.")
@click.option("--truth", metavar="FILE", help="Who did what, as CSV. Without it: the Label "
              "column of flow tables.")  # fmt: skip
@named_models_option
@fpr_option
@alerts_option
@meter_option
@timezone_option
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N",
              help="Of the bootstrap.")  # fmt: skip
@click.option(
    "--detector", "detectors", multiple=True, metavar="NAME",
    help="Fit this detector in turns, each group left out once, and measure that; repeatable.",
)  # fmt: skip
@click.option(
    "--profile", type=click.Choice(ALL_PROFILES),
    help="With --detector: the profile of the flows (cic-fixed unless told otherwise).",
)  # fmt: skip
@click.option(
    "--split", type=click.Choice(["source", "capture", "tool", "network", "time", "rows"]),
    default="source", show_default=True,
    help="What thresholds, and detectors fitted, must not share with what is measured.",
)  # fmt: skip
@click.option(
    "--threshold", "thresholds", multiple=True, metavar="RULE[=NUMBER]",
    help="Figures at a threshold by this rule, too: quantile, tail or spot (=SHARE; without it "
    "--fpr), deviations (=K; without it 3), f1, youden. Repeatable.",
)  # fmt: skip
@click.option("--plots", metavar="FOLDER", help="Draw figures there, as SVG and PNG (needs the "
              "extra plots).")  # fmt: skip
@click.option("--force", is_flag=True, help="Replace existing plots.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(
    captures: tuple[str, ...],
    read: tuple[str, ...],
    truth: str | None,
    models: tuple[str, ...],
    plots: str | None,
    force: bool,
    as_json: bool,
    **choices: Any,
) -> None:
    """Measure a model on labelled captures or flow tables that it was not trained on.

    Figures are means over sources of means over captures, with 95% bootstrap intervals.
    Captures that the model was fitted to are refused; traffic seen twice counts once. With
    --detector not a model but a recipe is measured: fitted again for every group left out.
    """
    from netad_pcap.engine import prepare_numba_cache
    from netad_pcap.engine.sources import find_sources
    from netad_pcap.training.assessment import evaluate
    from netad_pcap.training.figures_text import print_figures
    from netad_pcap.training.plots import check_plots, write_plots

    prepare_numba_cache()
    say = saying(quiet=False)
    sources = find_sources(named_captures(captures, read))
    for error in sources.unreadable.values():
        say(f"left out: {error}")
    if plots is not None:
        check_plots(Path(plots), force=force)
    figures = evaluate(
        sources.names, truth, tables=sources.tables, models=models, say=say, **choices
    )
    if as_json:
        click.echo(json.dumps(figures, indent=1))
        for remark in figures["remarks"]:
            say(remark)
    else:
        print_figures(figures, stream=sys.stdout)
    if plots is not None:
        for path in write_plots(figures, Path(plots), force=force):
            say(f"Wrote {path}")
